//! Points and boxes of a picture; x grows to the right, y downwards.

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A box, by its upper left corner and its size, in units of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Left side.
    pub x: f64,
    /// Upper side.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// A box by its middle.
    pub(super) fn around(middle: Point, width: f64, height: f64) -> Self {
        let (x, y) = (middle.x - width / 2.0, middle.y - height / 2.0);
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Its right side.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Its lower side.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Its middle.
    pub(super) fn middle(&self) -> Point {
        Point {
            x: self.x + self.width / 2.0,
            y: self.y + self.height / 2.0,
        }
    }

    /// Whether the two have an area in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.overlaps_in_height(other)
    }

    /// Whether some horizontal line meets both.
    pub(super) fn overlaps_in_height(&self, other: &Self) -> bool {
        self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether a place is inside.
    pub(super) fn holds(&self, point: Point) -> bool {
        self.x <= point.x
            && point.x <= self.right()
            && self.y <= point.y
            && point.y <= self.bottom()
    }
}
