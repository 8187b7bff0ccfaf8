"""The API below `/api/v1`: what every operation shares. `webapp.api.resources` has the operations themselves.

spectree was weighed against flask-openapi3 and APIFlask, which need an application class of their own, and
flask-smorest, which is made for marshmallow: it lets Flask's blueprints stay as they are and takes the pydantic that
our settings use. Its way with bodies that are no JSON (taken for an empty object) and with problems, headers and
security in the document is not ours; `webapp.api.bodies` looks at a body first and `webapp.api.document` completes
the document. What is left to it is the validation of requests and answers by the models that the document is made of.
"""
