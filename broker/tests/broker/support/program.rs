//! The program itself, as a site runs it.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

/// The program, killed when dropped.
pub struct Program {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Program {
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_releve-broker"));
        command
            .args(arguments)
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, log }
    }

    /// Reads its log until a line holds that text. Ends with the program, or the test's own time.
    pub fn until_it_says(&mut self, text: &str) -> String {
        let mut said = String::new();
        for line in self.log.by_ref().map_while(Result::ok) {
            if line.contains(text) {
                return line;
            }
            said += &line;
            said.push('\n');
        }
        panic!("the program never said {text:?}:\n{said}");
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a crash does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Everything that it says until it ends.
    pub fn until_it_ends(&mut self) -> (String, ExitStatus) {
        let said = self.log.by_ref().map_while(Result::ok).collect();
        (said, self.child.wait().unwrap())
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        let killed = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
