"""National identity providers: each protocol in a module of its own, each provider a name plate."""
