"""What a page was reading when its viewer moved on ends at once."""

from __future__ import annotations

import streamlit as st


def end_if_left() -> None:
    """End the run of a script whose viewer asked for something else meanwhile, or has closed the page.

    Nothing happens where no script runs. A click that only draws a fragment anew waits for the run before it: a second
    "Older" would begin the same statement again.
    """
    # Streamlit looks for a waiting rerun or stop whenever a key is read, and raises it; no `except Exception` holds it.
    st.session_state.get("end_if_left")
