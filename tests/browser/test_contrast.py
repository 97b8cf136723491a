"""The palette in both themes, as Chromium computes it: text can be read everywhere (WCAG AA)."""

from __future__ import annotations

import pytest

AA = 4.5
SURFACES = ("bg", "surface", "sunken", "raised", "hover")
PAIRS = [(text, surface) for text in ("text", "muted", "faint") for surface in SURFACES]
PAIRS += [("accent", surface) for surface in ("bg", "surface", "sunken", "hover")]
PAIRS += [("accent-strong", surface) for surface in ("bg", "surface", "accent-soft")]
PAIRS += [("on-accent", "accent-fill"), ("on-accent", "accent-fill-hover")]
PAIRS += [(tone, f"{tone}-soft") for tone in ("good", "warn", "bad")]
PAIRS += [(tone, "surface") for tone in ("good", "warn", "bad")]
TYPES = ("llm", "embedding", "rerank", "image", "audio", "video", "world")

# A canvas turns any colour into red, green and blue.
CONTRAST = """([text, background, hue]) => {
  const probe = document.createElement("i");
  if (hue) probe.dataset.hue = hue;
  document.body.append(probe);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (name) => {
    probe.style.color = `var(--${name})`;
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const [light, dark] = [luminance(text), luminance(background)].sort((a, b) => b - a);
  probe.remove();
  return (light + 0.05) / (dark + 0.05);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_colour_can_be_read_on_its_backgrounds(page, live_server, theme):
    page.context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
    page.goto("/models")
    pairs = [(text, background, "") for text, background in PAIRS]
    pairs += [
        ("hue-ink", background, hue) for hue in TYPES for background in ("hue-soft", "surface")
    ]
    measured = {pair: page.evaluate(CONTRAST, list(pair)) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in measured.items() if ratio < AA} == {}
