# Checks the live policies of a key after each plan and apply. A check does not block: what it finds is a warning.
terraform {
  required_version = ">= 1.5"
  required_providers {
    http = {
      source  = "hashicorp/http"
      version = ">= 3.4, < 4"
    }
  }
}

locals {
  headers = merge(
    { "Content-Type" = "application/json", "Accept" = "application/json" },
    var.token == null ? {} : { "Authorization" = "Bearer ${var.token}" }
  )
}

check "personalize_kms" {
  data "http" "report" {
    url                = "${trimsuffix(var.service_url, "/")}/verify?view=summary"
    method             = "POST"
    request_headers    = local.headers
    request_body       = jsonencode({ usage = var.usage, waitUpTo = var.wait_up_to_seconds })
    request_timeout_ms = 1000 * (var.wait_up_to_seconds + 60)
  }

  assert {
    condition     = data.http.report.status_code == 200
    error_message = "The service answered ${data.http.report.status_code}: ${try(jsondecode(data.http.report.response_body).detail, "no problem document")}"
  }

  assert {
    condition = contains(var.accepted_verdicts, try(jsondecode(data.http.report.response_body).verdict, "none"))
    error_message = join("\n", concat(
      [try(jsondecode(data.http.report.response_body).summary.headline, "There is no report.")],
      [for finding in try(jsondecode(data.http.report.response_body).findings, []) : "${finding.code}: ${finding.detail}" if finding.severity == "error"]
    ))
  }
}
