//! Battery chemistries and the thresholds that suit a 12 V block of each.

use crate::vocabulary::{LimitName, wire_names};

/// A battery chemistry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// Valve-regulated lead-acid, absorbed glass mat.
    Agm,
    /// Valve-regulated lead-acid, gel.
    Gel,
    /// Flooded lead-acid.
    Flooded,
    /// Lithium iron phosphate, four cells.
    Lifepo4,
}

wire_names!(Profile {
    Agm => "agm",
    Gel => "gel",
    Flooded => "flooded",
    Lifepo4 => "lifepo4",
});

impl Profile {
    /// The limit's value where nobody set one, in the limit's unit.
    ///
    /// Overcharge cut, resume, cycle floor and temperatures: our choices within makers' data sheets
    /// (Haze for AGM and gel, Trojan for flooded, the cell makers' for LiFePO4). No standard says so.
    #[must_use]
    pub const fn default_limit(self, limit: LimitName) -> f64 {
        match limit {
            LimitName::OverchargeCut => match self {
                Self::Agm | Self::Gel => 14.5,
                Self::Flooded => 15.0,
                Self::Lifepo4 => 14.4,
            },
            LimitName::ChargeResume => match self {
                Self::Agm | Self::Gel => 13.0,
                Self::Flooded => 12.9,
                Self::Lifepo4 => 13.3,
            },
            LimitName::HardVoltage => match self {
                Self::Agm | Self::Gel => 15.0,
                Self::Flooded => 15.6,
                Self::Lifepo4 => 14.6,
            },
            LimitName::DischargeFloor => match self {
                Self::Agm | Self::Gel | Self::Flooded => 12.0,
                Self::Lifepo4 => 12.8,
            },
            LimitName::TemperatureWarn => match self {
                Self::Agm | Self::Gel => 35.0,
                Self::Flooded => 40.0,
                Self::Lifepo4 => 45.0,
            },
            LimitName::TemperatureLimit => match self {
                Self::Agm | Self::Gel => 45.0,
                Self::Flooded | Self::Lifepo4 => 50.0,
            },
            LimitName::ChargeTemperatureMin => match self {
                Self::Agm | Self::Gel | Self::Flooded => -20.0,
                Self::Lifepo4 => 5.0,
            },
            LimitName::DischargeStop => match self {
                Self::Agm | Self::Gel | Self::Flooded => 12.2,
                Self::Lifepo4 => 12.9,
            },
            LimitName::ChargeStop => match self {
                Self::Agm | Self::Gel => 13.45,
                Self::Flooded => 13.0,
                Self::Lifepo4 => 13.4,
            },
            LimitName::TopUp => match self {
                Self::Agm => 12.65,
                Self::Gel => 12.7,
                Self::Flooded => 12.5,
                Self::Lifepo4 => 13.1,
            },
            LimitName::DischargeDepth => 25.0,
            LimitName::ReserveRuntime => 120.0,
            LimitName::LongestDischarge => 480.0,
        }
    }

    /// The highest voltage at which a sound charger holds a 12 V block, V.
    #[must_use]
    pub const fn absorption_max_volts(self) -> f64 {
        match self {
            Self::Agm | Self::Gel => 14.4,
            Self::Flooded => 14.8,
            Self::Lifepo4 => 14.2,
        }
    }

    /// The highest voltage of a full 12 V block that has rested for a day, V (Discover; for LiFePO4, which
    /// it does not list, our choice: 3.35 V a cell).
    #[must_use]
    pub const fn rested_full_volts(self) -> f64 {
        match self {
            Self::Agm => 12.9,
            Self::Gel => 12.95,
            Self::Flooded => 12.8,
            Self::Lifepo4 => 13.4,
        }
    }

    /// Cells in series in a 12 V block.
    #[must_use]
    pub const fn cells(self) -> u8 {
        match self {
            Self::Agm | Self::Gel | Self::Flooded => 6,
            Self::Lifepo4 => 4,
        }
    }

    /// By how much a charge voltage falls with each degree, V per cell and °C (Yuasa for AGM and gel,
    /// Trojan for flooded; LiFePO4 has none).
    #[must_use]
    pub const fn compensation_volts_per_cell_celsius(self) -> f64 {
        match self {
            Self::Agm | Self::Gel => 0.003,
            Self::Flooded => 0.005,
            Self::Lifepo4 => 0.0,
        }
    }

    /// Above this voltage the bulk of a charge is over: the charger holds its voltage, and the current
    /// should fall, V for a 12 V block at 25 °C. Our choice: where a battery may count as full; for
    /// LiFePO4, whose voltage hardly moves for most of a charge, just below its absorption voltage.
    #[must_use]
    pub const fn bulk_end_volts(self) -> f64 {
        match self {
            Self::Agm | Self::Gel | Self::Flooded => self.default_limit(LimitName::ChargeStop),
            Self::Lifepo4 => 14.0,
        }
    }
}
