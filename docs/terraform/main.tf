# A host name of an LLM client, by the generic provider for REST APIs. Nameplate has no Terraform provider of its own.
#
# This file is written by the documentation of Mastercard/restapi, release 2, and was not run by us: neither Terraform
# nor the provider is in a package index that our tests install from. register.sh beside it does the same with curl, and
# our tests run it.

terraform {
  required_version = ">= 1.4"

  required_providers {
    restapi = {
      source  = "Mastercard/restapi"
      version = "~> 2.0"
    }
  }
}

variable "nameplate_url" {
  description = "Where Nameplate is, without a path."
  type        = string
}

variable "nameplate_key" {
  description = "An API key with the scope domains:write; best as TF_VAR_nameplate_key in the environment."
  type        = string
  sensitive   = true
}

variable "llm_client_id" {
  description = "The LLM client that visitors of the name reach."
  type        = number
}

provider "restapi" {
  uri                  = "${var.nameplate_url}/api/v1"
  write_returns_object = true
  id_attribute         = "id"
  update_method        = "PATCH"
  rate_limit           = 5

  headers = {
    Authorization = "Bearer ${var.nameplate_key}"
    Content-Type  = "application/json"
  }
}

resource "restapi_object" "chat" {
  path = "/domains"

  data = jsonencode({
    domain_name   = "chat.acme.com"
    method        = "records"
    llm_client_id = var.llm_client_id
  })

  # A name is never changed into another one. A change of the method or the LLM client is a PATCH of these two alone.
  force_new   = ["domain_name"]
  update_data = jsonencode({ method = "records", llm_client_id = var.llm_client_id })

  # What changes by itself, such as the state and the dates, is no difference to what is written here.
  ignore_all_server_changes = true
}

# What to publish, for the resource of your DNS provider: each has type, name, relative_name and value. The list is empty
# until Nameplate is ready, some seconds after the registration; the next “terraform apply” has it.
output "records" {
  value = jsondecode(restapi_object.chat.api_response).records
}

output "state" {
  value = jsondecode(restapi_object.chat.api_response).state
}
