"""From the views to the sinks: deliveries, fillings, ownership of sinks, dead letters."""
