//! Text into HTML, escaped by type.

use std::fmt;

/// HTML that is safe to send: our own, or text that was escaped.
#[derive(Clone, Debug, Default)]
pub struct Html(String);

impl Html {
    /// Somebody's text, escaped for use between tags and in quoted attributes.
    pub fn text(text: impl fmt::Display) -> Self {
        let text = text.to_string();
        let mut html = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                other => html.push(other),
            }
        }
        Self(html)
    }

    /// HTML of our own making.
    pub(crate) fn ours(html: impl Into<String>) -> Self {
        Self(html.into())
    }

    /// A template whose `{{name}}`s are replaced, in one pass: what is put in is not looked at
    /// again. A name that nobody gave stays visible, so that a test finds it.
    pub(crate) fn template(template: &str, values: &[(&str, Html)]) -> Self {
        let mut html = String::with_capacity(template.len() + 4096);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            html.push_str(before);
            let Some((name, after)) = after.split_once("}}") else {
                html.push_str("{{");
                rest = after;
                continue;
            };
            match values.iter().find(|(key, _)| *key == name) {
                Some((_, value)) => html.push_str(&value.0),
                None => html.push_str(&format!("{{{{{name}}}}}")),
            }
            rest = after;
        }
        html.push_str(rest);
        Self(html)
    }

    /// The HTML itself.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(
            Html::text("<b title=\"x\" class='y'>&").to_string(),
            "&lt;b title=&quot;x&quot; class=&#39;y&#39;&gt;&amp;"
        );
    }

    #[test]
    fn a_value_is_not_a_template() {
        let values = [("a", Html::text("{{b}}")), ("b", Html::text("secret"))];
        assert_eq!(Html::template("<{{a}}>", &values).to_string(), "<{{b}}>");
    }

    #[test]
    fn an_unknown_name_stays_visible() {
        assert_eq!(Html::template("{{x}} {{y", &[]).to_string(), "{{x}} {{y");
    }
}
