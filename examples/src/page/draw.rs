//! Strips: a length drawn as its parts, to scale, with a legend.
//!
//! They are SVG, whose sizes are attributes, so that the page's content security policy needs no
//! exception for style attributes.

use super::template::Html;
use super::words;

/// The width of a strip in units of its drawing.
const WIDTH: f64 = 1000.0;
/// A part that exists is drawn at least this wide, or nobody would see the one byte of a version.
const NARROWEST: f64 = 12.0;

/// A part of a strip.
#[derive(Debug)]
pub struct Part {
    /// Its colour: the class `part-{class}` of the style sheet.
    pub class: &'static str,
    /// Its name in the legend.
    pub name: String,
    /// What it is for, in the legend.
    pub about: String,
    /// Its length in bytes.
    pub len: usize,
}

/// The drawing alone; `caption` is what a screen reader says.
pub fn bar(caption: &str, parts: &[Part]) -> Html {
    let spans = parts.iter().map(|part| (part.class, part.len)).collect::<Vec<_>>();
    svg(caption, &spans, |index| {
        let part = parts.get(index);
        part.map_or_else(String::new, |Part { name, len, .. }| {
            let title = Html::text(format_args!("{name}: {}", words::bytes(*len)));
            format!("<title>{title}</title>")
        })
    })
}

/// Lines from a part of the strip above to the whole strip below, which draws that part larger.
pub fn magnifier(parts: &[Part], class: &str) -> Html {
    let lengths: Vec<usize> = parts.iter().map(|part| part.len).collect();
    let chosen = parts.iter().zip(layout(&lengths)).find(|(part, _)| part.class == class);
    let (x, width) = chosen.map_or((0.0, WIDTH), |(_, place)| place);
    let end = x + width;
    Html::ours(format!(
        r#"<svg class="magnifier" viewBox="0 0 1000 40" preserveAspectRatio="none" aria-hidden="true"><path d="M{x:.2} 0H{end:.2}L{WIDTH} 40H0Z"/></svg>"#
    ))
}

/// A span of time and its parts, in seconds, which are named and not counted.
pub fn timeline(parts: &[Part]) -> Html {
    let mut names = String::new();
    for Part { class, name, .. } in parts.iter().filter(|part| part.len > 0) {
        let name = Html::text(name);
        names.push_str(&format!(r#"<li>{swatch}{name}</li>"#, swatch = swatch(class)));
    }
    let spans = parts.iter().map(|part| (part.class, part.len)).collect::<Vec<_>>();
    Html::ours(format!(
        r#"{}<ul class="spans">{names}</ul>"#,
        svg("The life of the session, to scale", &spans, |_| String::new())
    ))
}

/// The names, colours and lengths of the parts.
pub fn legend(parts: &[Part]) -> Html {
    let mut items = String::new();
    for Part { class, name, about, len } in parts {
        let (name, about) = (Html::text(name), Html::text(about));
        let (swatch, len) = (swatch(class), Html::text(words::number(*len)));
        items.push_str(&format!(
            r#"<li>{swatch}<span class="what"><b>{name}</b> {about}</span><span class="len">{len}</span></li>"#
        ));
    }
    Html::ours(format!(r#"<ul class="legend">{items}</ul>"#))
}

fn swatch(class: &str) -> Html {
    Html::ours(format!(
        r#"<svg class="key" viewBox="0 0 14 14" aria-hidden="true"><rect class="part-{class}" width="14" height="14" rx="3"/></svg>"#
    ))
}

fn svg(caption: &str, parts: &[(&str, usize)], inside: impl Fn(usize) -> String) -> Html {
    let lengths: Vec<usize> = parts.iter().map(|(_, len)| *len).collect();
    let mut rects = String::new();
    for (index, ((class, _), (x, width))) in parts.iter().zip(layout(&lengths)).enumerate() {
        let inside = inside(index);
        rects.push_str(&format!(
            r#"<rect class="part-{class}" x="{x:.2}" width="{width:.2}" height="40">{inside}</rect>"#
        ));
    }
    let caption = Html::text(caption);
    Html::ours(format!(
        r#"<svg class="strip" viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-label="{caption}">{rects}</svg>"#
    ))
}

/// Where each part begins and how wide it is, to scale as far as every part can be seen.
fn layout(lengths: &[usize]) -> Vec<(f64, f64)> {
    let total = lengths.iter().sum::<usize>().max(1);
    let scale = |len: usize| len as f64 / total as f64 * WIDTH;
    let narrow = |len: usize| len > 0 && scale(len) < NARROWEST;
    // What the narrow parts take beyond their share, the wide ones give in proportion.
    let (mut fixed, mut shared) = (0.0, 0.0);
    for len in lengths {
        if narrow(*len) { fixed += NARROWEST } else { shared += scale(*len) }
    }
    let shrink = if shared > 0.0 { (WIDTH - fixed) / shared } else { 1.0 };
    let mut x = 0.0;
    let mut places = Vec::new();
    for len in lengths {
        let width = if narrow(*len) { NARROWEST } else { scale(*len) * shrink };
        places.push((x, width));
        x += width;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_is_filled_from_end_to_end() {
        for lengths in [&[1, 4, 24, 48, 16][..], &[1, 4, 24, 2892, 16], &[5], &[0, 3, 0]] {
            let places = layout(lengths);
            let mut end = 0.0;
            for (x, width) in &places {
                assert!((x - end).abs() < 0.001, "{lengths:?}: {places:?}");
                end = x + width;
            }
            assert!((end - WIDTH).abs() < 0.001, "{lengths:?}: {places:?}");
        }
    }

    #[test]
    fn the_smallest_part_can_be_seen_and_an_absent_one_cannot() {
        let places = layout(&[1, 0, 4000]);
        assert_eq!(places.first().map(|(_, width)| *width), Some(NARROWEST));
        assert_eq!(places.get(1).map(|(_, width)| *width), Some(0.0));
    }

    #[test]
    fn names_and_captions_are_escaped() {
        let part = |len| Part { class: "kid", name: "<i>".into(), about: "\"".into(), len };
        let html = format!("{}{}", bar("a & b", &[part(4)]), legend(&[part(4)]));
        assert_eq!(html.matches("&lt;i&gt;").count(), 2, "{html}");
        assert!(!html.contains("<i>") && html.contains("a &amp; b"), "{html}");
    }
}
