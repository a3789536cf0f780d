"""Those who run the gateway: how they are let in, and what they show who they are with."""
