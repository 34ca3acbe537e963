//! What Grafana's dashboards show: every query of every panel and annotation of `deploy/grafana`, and the
//! rules of `deploy/prometheus`, asked of a real Prometheus that holds six hours of three sites whose
//! figures are known.

mod dashboard;
mod expectations;
mod feed;
#[expect(dead_code, reason = "the end-to-end tests use all of it, these a part")]
mod harness;
mod names;
mod panels;
mod prometheus;
