//! Between bytes and packets, for both protocol versions, around rumqttd's codecs.
//!
//! What the codecs get wrong or panic on is dealt with here, so that nothing a client sends and
//! nothing that the broker answers can reach those places.

pub(crate) use self::decode::{DecodeFault, Incoming, IncomingPublish, decode, read};
pub(crate) use self::encode::Encoder;
pub(crate) use self::properties::{read_properties, write_properties};

mod decode;
mod encode;
mod properties;
mod shape;

/// Protocol version of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V311,
    V5,
}
