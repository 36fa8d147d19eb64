"""orch: plan, review and apply one environment across AWS, Azure and GCP."""
