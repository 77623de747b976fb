"""Whether the product is up: /health/live, /health/ready, and the heartbeats of workers and beat behind them."""
