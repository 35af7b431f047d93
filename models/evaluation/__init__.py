"""How well SmileNet and the finder do: metrics, tables, pages and the model card."""
