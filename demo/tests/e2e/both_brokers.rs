//! The same test on both brokers.

/// Makes of each `async fn name(kind: BrokerKind)` of the module the tests `embedded::name` and
/// `mosquitto::name`.
macro_rules! on_both_brokers {
    ($($test:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::harness::stack::BrokerKind::Embedded).await;
            })+
        }
        mod mosquitto {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::harness::stack::BrokerKind::Mosquitto).await;
            })+
        }
    };
}
