"""What the hub counts and measures, for those who watch it: /metrics, in the text form of Prometheus."""
