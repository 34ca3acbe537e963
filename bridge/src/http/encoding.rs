//! Which form of a file a browser wants: the negotiation of `Accept-Encoding` (RFC 9110). Pure.

/// A form in which a file may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Compressed by Brotli.
    Brotli,
    /// Compressed by gzip.
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// Every form, the smallest first.
    pub const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// The name in HTTP headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// What a file's name ends with in this form.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

/// The forms that the header allows, the most wanted first; among equals the smallest first. The
/// file as it is comes last where the header does not speak of it.
#[must_use]
pub fn accepted(header: &str) -> Vec<Encoding> {
    let mut weighted: Vec<(Encoding, f64)> = Encoding::ALL
        .into_iter()
        .map(|encoding| (encoding, weight(header, encoding)))
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    // Stable: equals stay in the order of their size.
    weighted.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    weighted.into_iter().map(|(encoding, _)| encoding).collect()
}

/// How much the header wants the form, between 0 (not at all) and 1.
fn weight(header: &str, encoding: Encoding) -> f64 {
    let stated = |name: &str| {
        let mut entries = header.split(',').map(entry);
        entries.find_map(|(coding, q)| coding.eq_ignore_ascii_case(name).then_some(q))
    };
    let unstated = match encoding {
        // Acceptable unless refused, but nobody asked for it.
        Encoding::Identity => 0.000_1,
        Encoding::Brotli | Encoding::Gzip => 0.0,
    };
    stated(encoding.name())
        .or_else(|| stated("*"))
        .unwrap_or(unstated)
}

/// A coding with its weight; an unreadable weight refuses it.
fn entry(text: &str) -> (&str, f64) {
    let mut parts = text.split(';');
    let coding = parts.next().unwrap_or_default().trim();
    let q = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let weight = q.map_or(1.0, |q| q.parse().unwrap_or(0.0));
    (
        coding,
        if (0.0..=1.0).contains(&weight) {
            weight
        } else {
            0.0
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use Encoding::{Brotli, Gzip, Identity};

    #[test]
    fn the_most_wanted_form_comes_first() {
        for (header, expected) in [
            ("", vec![Identity]),
            ("gzip, deflate, br, zstd", vec![Brotli, Gzip, Identity]),
            ("gzip", vec![Gzip, Identity]),
            ("GZIP;Q=0.5, BR;q=0.1", vec![Gzip, Brotli, Identity]),
            ("br;q=0, gzip", vec![Gzip, Identity]),
            ("br;q=0.000, *", vec![Gzip, Identity]),
            ("*;q=0", vec![]),
            ("identity;q=0, br", vec![Brotli]),
            ("identity, br;q=0.5", vec![Identity, Brotli]),
            ("br;q=nonsense, gzip;q=7", vec![Identity]),
            (",;,", vec![Identity]),
        ] {
            assert_eq!(accepted(header), expected, "{header:?}");
        }
    }
}
