"""The node that runs tests: claims, slots, engines and the filter of outgoing connections."""
