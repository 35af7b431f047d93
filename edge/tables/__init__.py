"""Tables as text: read as spreadsheets save them, written so that no cell is a formula to them."""
