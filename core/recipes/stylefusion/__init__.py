"""StyleFusion: regions of a portrait from several others, by fusing their codes channel by channel."""
