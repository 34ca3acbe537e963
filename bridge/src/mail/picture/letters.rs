//! The outlines of letters.

use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Path, PathBuilder};

/// The letters of English and French out of DejaVu Sans; its licence lies beside them.
const REGULAR: &[u8] = include_bytes!("../../../assets/DejaVuSans.ttf");
/// The same, bold.
const BOLD: &[u8] = include_bytes!("../../../assets/DejaVuSans-Bold.ttf");

/// A font of one weight.
pub struct Face {
    font: FontRef<'static>,
}

impl Face {
    /// The ordinary one.
    pub fn regular() -> Option<Self> {
        Self::of(REGULAR)
    }

    /// The bold one.
    pub fn bold() -> Option<Self> {
        Self::of(BOLD)
    }

    fn of(file: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(file).ok()?;
        Some(Self { font })
    }

    /// The glyph of a letter; that of no letter where the font has none.
    fn glyph(&self, letter: char) -> GlyphId {
        self.font.charmap().map(letter).unwrap_or_default()
    }

    /// Whether the font has that letter.
    #[cfg(test)]
    pub fn has(&self, letter: char) -> bool {
        self.font.charmap().map(letter).is_some()
    }

    fn metrics(&self, size: f32) -> GlyphMetrics<'static> {
        (self.font).glyph_metrics(Size::new(size), LocationRef::default())
    }

    /// How wide a text of that size is, in pixels.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let metrics = self.metrics(size);
        let advance = |letter| {
            metrics
                .advance_width(self.glyph(letter))
                .unwrap_or_default()
        };
        text.chars().map(advance).sum()
    }

    /// The outline of a text of that size that begins there on its base line; `None` where nothing is seen of
    /// it.
    pub fn outline(&self, text: &str, size: f32, (x, y): (f32, f32)) -> Option<Path> {
        let metrics = self.metrics(size);
        let outlines = self.font.outline_glyphs();
        let mut pen = Pen {
            path: PathBuilder::new(),
            x,
            y,
        };
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            if let Some(outline) = outlines.get(glyph) {
                let settings = DrawSettings::unhinted(Size::new(size), LocationRef::default());
                outline.draw(settings, &mut pen).ok()?;
            }
            pen.x += metrics.advance_width(glyph).unwrap_or_default();
        }
        pen.path.finish()
    }
}

/// Puts outlines, whose y goes up, onto a canvas, whose y goes down.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.x + x, self.y - y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.x + x, self.y - y);
    }

    fn quad_to(&mut self, via_x: f32, via_y: f32, x: f32, y: f32) {
        let (left, top) = (self.x, self.y);
        (self.path).quad_to(left + via_x, top - via_y, left + x, top - y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (left, top) = (self.x, self.y);
        (self.path).cubic_to(left + x1, top - y1, left + x2, top - y2, left + x, top - y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_both_languages_are_at_hand() {
        for face in [Face::regular(), Face::bold()] {
            let face = face.expect("a font");
            for letter in "AZaz09:,.()−°àâçéèêëîïôùûüœŒÉÀ’«»\u{a0}".chars()
            {
                assert!(face.has(letter), "{letter}");
            }
            assert!(face.width("Température", 20.0) > face.width("Tension", 20.0));
            assert!(face.outline("é", 20.0, (0.0, 0.0)).is_some());
            assert_eq!(face.outline(" ", 20.0, (0.0, 0.0)), None);
        }
    }
}
