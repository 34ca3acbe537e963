//! Requests read again, by a decoder that is not ours.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, Message)]
pub struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct Label {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub struct Sample {
    #[prost(double, tag = "1")]
    pub value: f64,
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

impl WriteRequest {
    /// The request of a body.
    pub fn of(body: &[u8]) -> Self {
        let plain = snap::raw::Decoder::new().decompress_vec(body);
        Self::decode(&*plain.expect("snappy")).expect("a request")
    }

    /// How many samples it holds.
    pub fn samples(&self) -> usize {
        self.timeseries
            .iter()
            .map(|series| series.samples.len())
            .sum()
    }

    /// Node and moment of each sample of a metric without further labels.
    pub fn moments(&self, metric: &str) -> Vec<(String, i64)> {
        let of_metric = |series: &&TimeSeries| series.label("__name__") == Some(metric);
        let series = self.timeseries.iter().filter(of_metric);
        let moments = series.flat_map(|series| {
            let node = series.label("node").unwrap_or_default();
            let samples = series.samples.iter();
            samples.map(move |sample| (node.to_owned(), sample.timestamp))
        });
        moments.collect()
    }
}

impl TimeSeries {
    /// The value of the label.
    pub fn label(&self, name: &str) -> Option<&str> {
        let mut labels = self.labels.iter();
        let label = labels.find(|label| label.name == name)?;
        Some(&label.value)
    }
}
