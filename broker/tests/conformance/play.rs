//! Plays the cases, some at a time: many wait for a delay to pass.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::case::{Case, Stage};

/// Cases at the same time.
const AT_A_TIME: usize = 12;

/// Plays all on the broker at `addr`, and fails with a list of those that ended otherwise than `expected`.
pub fn all(cases: &[Case], addr: SocketAddr, expected: impl Fn(&Case) -> &'static str + Sync) {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { return };
                    let stage = Stage {
                        addr,
                        version: case.version,
                        prefix: format!("case-{index}"),
                    };
                    let came = catch_unwind(AssertUnwindSafe(|| (case.play)(&stage)));
                    let came = came.unwrap_or_else(|_| "a panic, told above".to_owned());
                    let wanted = expected(case);
                    if came != wanted {
                        let Case { name, version, .. } = case;
                        let told =
                            format!("{version:?}, {name}\n  wanted: {wanted}\n  came:   {came}\n");
                        wrong.lock().unwrap().push(told);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.concat()
    );
}
