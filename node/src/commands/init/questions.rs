//! Questions, answered by flags, at a terminal, or by lines of the standard input.

use std::collections::BTreeMap;
use std::io::BufRead;

use anyhow::bail;

/// Asks one question after the other.
pub struct Questions<R> {
    /// Answers that were given beforehand, by the names of the questions.
    given: BTreeMap<String, String>,
    input: R,
    /// Whether somebody is there to be asked again.
    patient: bool,
}

impl<R: BufRead> Questions<R> {
    /// With these answers, `NAME=ANSWER`, and for the rest that input.
    ///
    /// # Errors
    /// If an answer names no question.
    pub fn new(answers: &[String], input: R, patient: bool) -> anyhow::Result<Self> {
        let mut given = BTreeMap::new();
        for answer in answers {
            let Some((name, answer)) = answer.split_once('=') else {
                bail!("{answer:?} is no answer: write NAME=ANSWER, for example node=cabin");
            };
            given.insert(name.to_owned(), answer.to_owned());
        }
        Ok(Self {
            given,
            input,
            patient,
        })
    }

    /// Asks until the answer can be used; an empty one takes what is proposed.
    ///
    /// # Errors
    /// If the answer cannot be used and nobody is there to be asked again, or there is none.
    pub fn ask<T>(
        &mut self,
        (name, question): (&str, &str),
        proposed: Option<&str>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<T> {
        if let Some(answer) = self.given.remove(name) {
            return read(&answer).map_err(|reason| anyhow::anyhow!("{name}: {reason}"));
        }
        loop {
            let hint = proposed.map_or_else(String::new, |it| format!(" [{it}]"));
            println!("{question} ({name}){hint}");
            let mut line = String::new();
            let ended = self.input.read_line(&mut line)? == 0;
            let answer = match (line.trim(), proposed) {
                ("", Some(proposed)) => proposed,
                ("", None) if ended => bail!("{name}: there is no answer, and nothing to propose"),
                (answer, _) => answer,
            };
            match read(answer) {
                Ok(answer) => return Ok(answer),
                Err(reason) if self.patient && !ended => println!("  {reason}"),
                Err(reason) => bail!("{name}: {reason}"),
            }
        }
    }

    /// Makes sure that every given answer was asked for.
    ///
    /// # Errors
    /// If one was not.
    pub fn done(&self) -> anyhow::Result<()> {
        match self.given.keys().next() {
            None => Ok(()),
            Some(name) => bail!("nothing is asked by the name {name:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<u8, String> {
        text.parse().map_err(|_| format!("{text:?} is no number"))
    }

    #[test]
    fn an_answer_comes_from_a_flag_a_line_or_what_is_proposed() {
        let given = ["a=1".to_owned()];
        let mut questions = Questions::new(&given, &b"2\n\n"[..], false).expect("sound");
        assert_eq!(
            questions
                .ask(("a", "A?"), Some("9"), number)
                .expect("given"),
            1
        );
        assert_eq!(
            questions
                .ask(("b", "B?"), Some("9"), number)
                .expect("a line"),
            2
        );
        assert_eq!(
            questions
                .ask(("c", "C?"), Some("3"), number)
                .expect("empty"),
            3
        );
        assert_eq!(
            questions
                .ask(("d", "D?"), Some("4"), number)
                .expect("ended"),
            4
        );
        assert!(questions.ask(("e", "E?"), None, number).is_err());
        questions.done().expect("all were asked");
    }

    #[test]
    fn what_cannot_be_used_is_asked_again_where_somebody_is_there() {
        let mut patient = Questions::new(&[], &b"x\n5\n"[..], true).expect("sound");
        assert_eq!(patient.ask(("a", "A?"), None, number).expect("at last"), 5);
        let mut script = Questions::new(&[], &b"x\n5\n"[..], false).expect("sound");
        assert!(script.ask(("a", "A?"), None, number).is_err());
        let unknown = ["lamp=1".to_owned()];
        let questions = Questions::new(&unknown, &b""[..], false).expect("sound");
        assert!(questions.done().is_err());
        assert!(Questions::new(&["lamp".to_owned()], &b""[..], false).is_err());
    }
}
