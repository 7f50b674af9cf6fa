"""Colours, fonts and sizes of the page. The visitor's system chooses light or dark."""

import gradio as gr

THEME = gr.themes.Default(
    primary_hue="indigo",
    neutral_hue="slate",
    # Fonts of the visitor's system: nothing has to be downloaded.
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
)

CSS = """
/* Gradio's own colours of the chosen tab, the footer and a slider's ends have too little contrast
   on white: 4.5 is the least (WCAG 2.1). */
footer button, span.min_value, span.max_value { color: var(--body-text-color) !important; }
button[role="tab"].selected { color: var(--primary-700); }
.dark button[role="tab"].selected { color: var(--primary-300); }
.live { text-align: center; min-height: 15rem; }
.live .large { font-size: 7rem; line-height: 1.2; font-weight: 700; }
.live progress { width: 100%; height: 0.8rem; accent-color: var(--primary-500); }
.live .rate { min-height: 1.5em; }
.live .outline { height: 9rem; max-width: 100%; color: var(--primary-500); margin: 0 auto; }
.live .outline .frame { stroke: var(--border-color-primary); }
.asked { display: flex; justify-content: center; align-items: center; gap: 2rem; height: 11rem; }
.asked svg { height: 11rem; max-width: 11rem; }
#words { min-height: 7rem; }
#words h2 { font-size: 2.5rem; line-height: 1.2; margin: 0; }
.confusion { overflow-x: auto; }
.confusion table { border-collapse: collapse; font-size: 0.7rem; text-align: center; }
.confusion td, .confusion th { min-width: 1.7em; padding: 0.15em 0; border: 0; }
.confusion th[scope="row"] { position: sticky; left: 0; }
.confusion th[scope="row"] { background: var(--background-fill-primary); }
"""
