"""From the views to the sinks: deliveries, fillings, who owns a sink."""
