//! Lines, areas and letters on pixels.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash,
    Transform,
};

/// The letters of English and French out of DejaVu Sans; its licence lies beside them.
const REGULAR: &[u8] = include_bytes!("../../../assets/DejaVuSans.ttf");
/// The same, bold.
const BOLD: &[u8] = include_bytes!("../../../assets/DejaVuSans-Bold.ttf");

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
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Canvas {
    /// A canvas of one colour; `None` if there is no memory for it.
    pub fn new(width: u32, height: u32, colour: Colour) -> Option<Self> {
        let mut pixels = Pixmap::new(width, height)?;
        let [red, green, blue] = colour;
        pixels.fill(Color::from_rgba8(red, green, blue, 255));
        Some(Self {
            pixels,
            regular: FontRef::try_from_slice(REGULAR).ok()?,
            bold: FontRef::try_from_slice(BOLD).ok()?,
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
            let paint = paint(colour, opacity);
            let identity = Transform::identity();
            self.pixels
                .fill_path(&path, &paint, FillRule::Winding, identity, None);
        }
    }

    /// A dot.
    pub fn dot(&mut self, (x, y): (f32, f32), radius: f32, colour: Colour) {
        if let Some(path) = PathBuilder::from_circle(x, y, radius) {
            let paint = paint(colour, 255);
            let identity = Transform::identity();
            self.pixels
                .fill_path(&path, &paint, FillRule::Winding, identity, None);
        }
    }

    /// How wide a text is, in pixels.
    pub fn width(&self, text: &str, letters: Letters) -> f32 {
        let font = self.font(letters).as_scaled(PxScale::from(letters.size));
        let mut width = 0.0;
        let mut last = None;
        for letter in text.chars() {
            let glyph = font.glyph_id(letter);
            if let Some(last) = last {
                width += font.kern(last, glyph);
            }
            width += font.h_advance(glyph);
            last = Some(glyph);
        }
        width
    }

    /// A text whose base line runs through the point.
    pub fn text(&mut self, text: &str, (x, y): (f32, f32), letters: Letters) {
        let mut x = match letters.align {
            Align::Left => x,
            Align::Middle => x - self.width(text, letters) / 2.0,
            Align::Right => x - self.width(text, letters),
        };
        let scale = PxScale::from(letters.size);
        let font = self.font(letters).clone();
        let scaled = font.as_scaled(scale);
        let mut last = None;
        for letter in text.chars() {
            let glyph = font.glyph_id(letter);
            if let Some(last) = last {
                x += scaled.kern(last, glyph);
            }
            if let Some(outline) =
                font.outline_glyph(glyph.with_scale_and_position(scale, point(x, y)))
            {
                let corner = outline.px_bounds().min;
                outline.draw(|right, down, cover| {
                    let at = (
                        corner.x as i64 + i64::from(right),
                        corner.y as i64 + i64::from(down),
                    );
                    self.blend(at, cover, letters.colour);
                });
            }
            x += scaled.h_advance(glyph);
            last = Some(glyph);
        }
    }

    fn font(&self, letters: Letters) -> &FontRef<'static> {
        if letters.bold {
            &self.bold
        } else {
            &self.regular
        }
    }

    /// Covers a share of a pixel; the canvas itself is opaque.
    fn blend(&mut self, (x, y): (i64, i64), cover: f32, colour: Colour) {
        let (width, height) = (
            i64::from(self.pixels.width()),
            i64::from(self.pixels.height()),
        );
        if !(0..width).contains(&x) || !(0..height).contains(&y) {
            return;
        }
        let first = usize::try_from(4 * (y * width + x)).unwrap_or(usize::MAX);
        let pixel = self
            .pixels
            .data_mut()
            .get_mut(first..first.saturating_add(3));
        for (under, over) in pixel.into_iter().flatten().zip(colour) {
            let (below, above) = (f32::from(*under), f32::from(over));
            *under = (below + (above - below) * cover.clamp(0.0, 1.0)).round() as u8;
        }
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
