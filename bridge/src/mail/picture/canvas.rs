//! Lines, areas and letters on pixels.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash,
    Transform,
};

use super::letters::Face;

/// Red, green and blue.
pub type Colour = [u8; 3];

/// How a text stands at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// It begins there.
    Left,
    /// Its middle is there.
    Middle,
    /// It ends there.
    Right,
}

/// Letters of one size and colour.
#[derive(Debug, Clone, Copy)]
pub struct Letters {
    /// Height in pixels.
    pub size: f32,
    /// Whether they are bold.
    pub bold: bool,
    /// Their colour.
    pub colour: Colour,
    /// How they stand at their point.
    pub align: Align,
}

/// Pixels to draw on.
pub struct Canvas {
    pixels: Pixmap,
    regular: Face,
    bold: Face,
}

impl Canvas {
    /// A canvas of one colour; `None` if there is no memory for it.
    pub fn new(width: u32, height: u32, colour: Colour) -> Option<Self> {
        let mut pixels = Pixmap::new(width, height)?;
        let [red, green, blue] = colour;
        pixels.fill(Color::from_rgba8(red, green, blue, 255));
        Some(Self {
            pixels,
            regular: Face::regular()?,
            bold: Face::bold()?,
        })
    }

    /// The picture as a PNG file.
    pub fn into_png(self) -> Option<Vec<u8>> {
        self.pixels.encode_png().ok()
    }

    /// A line from one point to the next, dashed where `dash` gives the length of a dash.
    pub fn line(&mut self, points: &[(f32, f32)], width: f32, colour: Colour, dash: Option<f32>) {
        let Some(path) = path(points, false) else {
            return;
        };
        let stroke = Stroke {
            width,
            line_cap: if dash.is_some() {
                LineCap::Butt
            } else {
                LineCap::Round
            },
            line_join: LineJoin::Round,
            dash: dash.and_then(|length| StrokeDash::new(vec![length, length * 0.8], 0.0)),
            ..Stroke::default()
        };
        let paint = paint(colour, 255);
        self.pixels
            .stroke_path(&path, &paint, &stroke, Transform::identity(), None);
    }

    /// A filled area.
    pub fn area(&mut self, points: &[(f32, f32)], colour: Colour, opacity: u8) {
        if let Some(path) = path(points, true) {
            self.fill(&path, colour, opacity);
        }
    }

    /// A dot.
    pub fn dot(&mut self, (x, y): (f32, f32), radius: f32, colour: Colour) {
        if let Some(path) = PathBuilder::from_circle(x, y, radius) {
            self.fill(&path, colour, 255);
        }
    }

    /// How wide a text is, in pixels.
    pub fn width(&self, text: &str, letters: Letters) -> f32 {
        self.face(letters).width(text, letters.size)
    }

    /// A text whose base line runs through the point.
    pub fn text(&mut self, text: &str, (x, y): (f32, f32), letters: Letters) {
        let left = match letters.align {
            Align::Left => x,
            Align::Middle => x - self.width(text, letters) / 2.0,
            Align::Right => x - self.width(text, letters),
        };
        let outline = self.face(letters).outline(text, letters.size, (left, y));
        if let Some(path) = outline {
            self.fill(&path, letters.colour, 255);
        }
    }

    const fn face(&self, letters: Letters) -> &Face {
        if letters.bold {
            &self.bold
        } else {
            &self.regular
        }
    }

    fn fill(&mut self, path: &Path, colour: Colour, opacity: u8) {
        let (paint, identity) = (paint(colour, opacity), Transform::identity());
        (self.pixels).fill_path(path, &paint, FillRule::Winding, identity, None);
    }
}

fn paint([red, green, blue]: Colour, opacity: u8) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, opacity);
    paint.anti_alias = true;
    paint
}

fn path(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (first, others) = points.split_first()?;
    builder.move_to(first.0, first.1);
    for (x, y) in others {
        builder.line_to(*x, *y);
    }
    if closed {
        builder.close();
    }
    builder.finish()
}
