"""The Streamlit shell: everything pages share. No experiment is named here."""
