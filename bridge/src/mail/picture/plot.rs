//! How the picture is laid out: two panels over one axis of time.

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::{Language, Timestamp};

use super::canvas::{Align, Canvas, Colour, Letters};
use super::scale::{Axis, lines_of_time};
use super::series::{Column, Series};
use super::{Quantity, Request};
use crate::mail::text::pick;
use crate::mail::typeset;

// Twice as many pixels as are shown, for sharp displays.
const WIDTH: u32 = 1168;
const HEIGHT: u32 = 804;
const LEFT: f32 = 88.0;
const RIGHT: f32 = 1_144.0;
/// The upper edges of the panels.
const TOPS: [f32; 2] = [62.0, 454.0];
const PANEL: f32 = 252.0;

const PAPER: Colour = [255, 255, 255];
const INK: Colour = [29, 39, 51];
const SOFT: Colour = [91, 104, 118];
const GRID: Colour = [226, 231, 236];
const ALARM: Colour = [180, 35, 24];
const GOOD: Colour = [23, 113, 74];

/// What the panels of a quantity look like.
struct Style {
    colour: Colour,
    /// The least height of the axis, in the quantity's unit: noise must not look like an event.
    least: f64,
    unit: &'static str,
    decimals: usize,
}

const fn style(quantity: Quantity) -> Style {
    let (colour, least, unit, decimals) = match quantity {
        Quantity::BatteryVoltage => ([31, 95, 153], 0.5, "V", 2),
        Quantity::ChargerCurrent => ([34, 120, 85], 1.0, "A", 2),
        Quantity::LoadCurrent => ([125, 84, 160], 1.0, "A", 2),
        Quantity::Temperature => ([184, 92, 0], 4.0, "°C", 1),
    };
    Style {
        colour,
        least,
        unit,
        decimals,
    }
}

/// The picture as a PNG file; `None` where there are too few readings for a line.
pub fn draw(request: &Request, series: &Series) -> Option<Vec<u8>> {
    let is_worth_it = |run: &Vec<Column>| run.len() > 1;
    if !series
        .runs(Quantity::BatteryVoltage)
        .iter()
        .any(is_worth_it)
    {
        return None;
    }
    let mut canvas = Canvas::new(WIDTH, HEIGHT, PAPER)?;
    let quantities = [Quantity::BatteryVoltage, request.second];
    for (quantity, top) in quantities.into_iter().zip(TOPS) {
        let panel = Panel {
            request,
            series,
            quantity,
            top,
        };
        panel.draw(&mut canvas);
    }
    marks(&mut canvas, request, series);
    legend(&mut canvas, request.language);
    canvas.into_png()
}

fn letters(size: f32, colour: Colour, align: Align) -> Letters {
    Letters {
        size,
        bold: false,
        colour,
        align,
    }
}

fn x_of(place: f64) -> f32 {
    LEFT + (RIGHT - LEFT) * place as f32
}

struct Panel<'a> {
    request: &'a Request,
    series: &'a Series,
    quantity: Quantity,
    top: f32,
}

impl Panel<'_> {
    fn draw(&self, canvas: &mut Canvas) {
        let runs = self.series.runs(self.quantity);
        self.title(canvas, &runs);
        let Some(axis) = self.axis(&runs) else {
            self.nothing(canvas);
            return;
        };
        self.grid(canvas, Some(&axis));
        for run in &runs {
            self.run(canvas, &axis, run);
        }
        if let Some(threshold) = self.threshold() {
            let y = self.y_of(&axis, threshold);
            canvas.line(&[(LEFT, y), (RIGHT, y)], 3.0, ALARM, Some(12.0));
        }
    }

    fn threshold(&self) -> Option<f64> {
        let (quantity, value) = self.request.threshold?;
        (quantity == self.quantity).then_some(value)
    }

    fn axis(&self, runs: &[Vec<Column>]) -> Option<Axis> {
        let columns = || runs.iter().flatten();
        let low = columns().map(|column| column.min).reduce(f64::min)?;
        let high = columns().map(|column| column.max).reduce(f64::max)?;
        let threshold = self.threshold().filter(|value| value.is_finite());
        let low = threshold.map_or(low, |value| low.min(value));
        let high = threshold.map_or(high, |value| high.max(value));
        Some(Axis::around(low, high, style(self.quantity).least))
    }

    fn y_of(&self, axis: &Axis, value: f64) -> f32 {
        self.top + PANEL * (1.0 - axis.place(value) as f32)
    }

    /// The quantity's name, and its last value at the right.
    fn title(&self, canvas: &mut Canvas, runs: &[Vec<Column>]) {
        let style = style(self.quantity);
        let language = self.request.language;
        let entry = QUANTITIES
            .iter()
            .find(|entry| entry.key == self.quantity.key());
        let name = entry.map_or("", |entry| entry.label(language));
        let bold = Letters {
            bold: true,
            ..letters(27.0, INK, Align::Left)
        };
        canvas.text(name, (LEFT, self.top - 18.0), bold);
        if let Some(last) = runs.last().and_then(|run| run.last()) {
            let measure = (style.unit, style.decimals);
            let value = typeset::figure(last.mean, measure, language);
            let bold = Letters {
                colour: style.colour,
                align: Align::Right,
                ..bold
            };
            canvas.text(&value, (RIGHT, self.top - 18.0), bold);
        }
    }

    fn grid(&self, canvas: &mut Canvas, axis: Option<&Axis>) {
        let bottom = self.top + PANEL;
        let series = self.series;
        let (from, to) = (series.from.as_unix_millis(), series.to.as_unix_millis());
        for line in lines_of_time(from, to) {
            let moment = Timestamp::from_unix_millis(line);
            let x = x_of(series.place(moment));
            canvas.line(&[(x, self.top), (x, bottom)], 2.0, GRID, None);
            let text = moment.to_string();
            let hour = text.get(11..16).unwrap_or_default();
            canvas.text(hour, (x, bottom + 34.0), letters(22.0, SOFT, Align::Middle));
        }
        for value in axis.iter().flat_map(|axis| &axis.lines) {
            let Some(axis) = axis else { continue };
            let y = self.y_of(axis, *value);
            canvas.line(&[(LEFT, y), (RIGHT, y)], 2.0, GRID, None);
            let text = typeset::number(*value, axis.decimals, self.request.language);
            canvas.text(
                &text,
                (LEFT - 14.0, y + 8.0),
                letters(22.0, SOFT, Align::Right),
            );
        }
    }

    fn run(&self, canvas: &mut Canvas, axis: &Axis, run: &[Column]) {
        let colour = style(self.quantity).colour;
        let point = |column: &Column, value: f64| (x_of(column.place), self.y_of(axis, value));
        let upper = run.iter().map(|column| point(column, column.max));
        let lower = run.iter().rev().map(|column| point(column, column.min));
        let band: Vec<_> = upper.chain(lower).collect();
        canvas.area(&band, colour, 64);
        let mean: Vec<_> = run
            .iter()
            .map(|column| point(column, column.mean))
            .collect();
        match mean.as_slice() {
            [alone] => canvas.dot(*alone, 3.0, colour),
            _ => canvas.line(&mean, 3.5, colour, None),
        }
    }

    /// No value at all: said, and not drawn as zero.
    fn nothing(&self, canvas: &mut Canvas) {
        self.grid(canvas, None);
        let text = pick(self.request.language, "not known", "inconnue");
        let middle = ((LEFT + RIGHT) / 2.0, self.top + PANEL / 2.0);
        canvas.text(&text, middle, letters(24.0, SOFT, Align::Middle));
    }
}

/// Where the alarm began and ended, through both panels; labelled between them.
fn marks(canvas: &mut Canvas, request: &Request, series: &Series) {
    let language = request.language;
    let began = (request.raised, ALARM, pick(language, "alarm", "alarme"));
    let ended = (request.ended).map(|at| (at, GOOD, pick(language, "end", "fin")));
    // From right to left: an end stands near the right edge, and its begin makes room for it.
    let mut free = RIGHT;
    for (at, colour, word) in ended.into_iter().chain([began]) {
        let place = series.place(at);
        if !(0.0..=1.0).contains(&place) {
            continue;
        }
        let x = x_of(place);
        for top in TOPS {
            canvas.line(&[(x, top), (x, top + PANEL)], 4.0, colour, None);
        }
        let text = at.to_string();
        let text = format!("{word} {}", text.get(11..16).unwrap_or_default());
        let bold = Letters {
            bold: true,
            ..letters(22.0, colour, Align::Left)
        };
        let width = canvas.width(&text, bold);
        let left = (x - width / 2.0).min(free - width).max(LEFT);
        canvas.text(&text, (left, TOPS[0] + PANEL + 68.0), bold);
        free = left - 20.0;
    }
}

/// What line and band are, and whose time it is.
fn legend(canvas: &mut Canvas, language: Language) {
    let small = letters(22.0, SOFT, Align::Left);
    let y = HEIGHT as f32 - 22.0;
    let colour = style(Quantity::BatteryVoltage).colour;
    canvas.line(
        &[(LEFT, y - 8.0), (LEFT + 44.0, y - 8.0)],
        3.5,
        colour,
        None,
    );
    let mean = pick(language, "mean", "moyenne");
    canvas.text(&mean, (LEFT + 56.0, y), small);
    let x = LEFT + 56.0 + canvas.width(&mean, small) + 36.0;
    let box_at = [
        (x, y - 18.0),
        (x + 44.0, y - 18.0),
        (x + 44.0, y + 2.0),
        (x, y + 2.0),
    ];
    canvas.area(&box_at, colour, 64);
    let band = pick(language, "least to greatest", "minimum à maximum");
    canvas.text(&band, (x + 56.0, y), small);
    let utc = pick(language, "times in UTC", "heures UTC");
    canvas.text(&utc, (RIGHT, y), letters(22.0, SOFT, Align::Right));
}
