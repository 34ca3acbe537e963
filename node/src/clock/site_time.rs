//! The site's clock, and whether what it shows is to be believed.

use std::time::Duration;

use releve_control::Monotonic;
use releve_protocol::Timestamp;

use super::trust::{Trust, Witness};
use super::witness::Lookout;
use super::{Now, SiteClock};

/// The site's clock, judged at each look.
#[derive(Debug)]
pub struct SiteTime {
    clock: SiteClock,
    trust: Trust,
    /// As long as nobody has spoken for the clock.
    lookout: Option<Lookout>,
}

impl SiteTime {
    /// Judges that clock at a site whose newest record is of that moment; `patience` is how long one waits
    /// for somebody to speak for it.
    pub async fn start(
        clock: SiteClock,
        newest_record: Option<Timestamp>,
        patience: Duration,
    ) -> Self {
        let lookout = if clock.now().is_known {
            None
        } else {
            Some(Lookout::start().await)
        };
        Self {
            clock,
            trust: Trust::new(newest_record, patience),
            lookout,
        }
    }

    /// What the clock shows.
    pub fn now(&mut self) -> Now {
        let now = self.clock.now();
        self.judge(now)
    }

    /// What the clock shows to whoever takes the next sample at `due`: see [`SiteClock::now_until`].
    pub fn now_until(&mut self, due: Monotonic) -> Now {
        let now = self.clock.now_until(due);
        self.judge(now)
    }

    /// The clock itself.
    pub const fn clock(&self) -> &SiteClock {
        &self.clock
    }

    fn judge(&mut self, now: Now) -> Now {
        let witness = (self.lookout.as_ref()).map_or(Witness::Nobody, Lookout::found);
        let judged = self.trust.judge(now, witness);
        if judged.is_known {
            // It stays so: nobody needs to be looked for any more.
            self.lookout = None;
        }
        judged
    }
}
