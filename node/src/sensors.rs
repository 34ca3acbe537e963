//! Where samples come from.

use releve_control::Monotonic;
use releve_control::sample::Sample;

/// The measuring inputs of a site.
pub trait Sensors: Send + 'static {
    /// Takes one raw measurement of every input, `now` being the site's monotonic time.
    ///
    /// An input that does not answer is [`Measurement::Missing`], never an old value. The control
    /// loop waits for this call, so a driver that can hang gives back missing values at a deadline.
    /// What the relay board reads back is filled in by the caller.
    ///
    /// [`Measurement::Missing`]: releve_control::sample::Measurement::Missing
    fn sample(&mut self, now: Monotonic) -> Sample;

    /// Takes one raw measurement of the circuits' voltages and currents alone, ten times a second around an
    /// edge. Everything else may be missing.
    fn sample_circuits(&mut self, now: Monotonic) -> Sample {
        self.sample(now)
    }
}
