"""The pages that people read: server-rendered, in Arabic and English, whole without JavaScript."""
