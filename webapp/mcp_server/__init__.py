"""An MCP server (Model Context Protocol) over the API, by the official SDK.

A tool asks the API with the caller's own key and turns the answer into few words. Scopes, refusals, limits, and whose
domain is whose are the API's alone; nothing here reads the database. The command imports the SDK when it is used, so
that web processes and workers do not.
"""
