//! A batch in parts: what the server refuses is halved, until the one reading is found that it does not take.
//! Pure.

use std::ops::Range;

/// The parts of a batch that are still to be sent.
#[derive(Debug)]
pub struct Parts {
    /// The next one last.
    open: Vec<Range<usize>>,
}

impl Parts {
    /// A batch of so many readings, in one part; none of an empty one.
    #[must_use]
    pub fn of(readings: usize) -> Self {
        let all = Some(0..readings).filter(|all| !all.is_empty());
        Self {
            open: Vec::from_iter(all),
        }
    }

    /// The part to send next; it stays so until its outcome is told.
    #[must_use]
    pub fn next(&self) -> Option<Range<usize>> {
        self.open.last().cloned()
    }

    /// The server has taken the next part.
    pub fn taken(&mut self) {
        self.open.pop();
    }

    /// The server has refused the next part. Gives the reading, if it is a single one: that one is settled, too.
    pub fn refused(&mut self) -> Option<usize> {
        let part = self.open.pop()?;
        if part.len() <= 1 {
            return Some(part.start);
        }
        let middle = part.start + part.len() / 2;
        self.open.push(middle..part.end);
        self.open.push(part.start..middle);
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_batch_has_no_part() {
        assert_eq!(Parts::of(0).next(), None);
    }

    proptest! {
        #[test]
        fn exactly_the_bad_ones_are_refused(bad in proptest::collection::vec(any::<bool>(), 0..80)) {
            let mut parts = Parts::of(bad.len());
            let (mut taken, mut refused) = (Vec::new(), Vec::new());
            let mut requests = 0;
            while let Some(part) = parts.next() {
                requests += 1;
                if bad[part.clone()].contains(&true) {
                    refused.extend(parts.refused());
                } else {
                    parts.taken();
                    taken.extend(part);
                }
            }
            let expected = |wanted: bool| -> Vec<usize> {
                (0..bad.len()).filter(|place| bad[*place] == wanted).collect()
            };
            prop_assert_eq!(taken, expected(false));
            prop_assert_eq!(&refused, &expected(true));
            // A path down the tree for each bad one, and what lies beside it.
            let depth = bad.len().next_power_of_two().ilog2() as usize;
            prop_assert!(requests <= 1 + 2 * depth * refused.len());
        }
    }
}
