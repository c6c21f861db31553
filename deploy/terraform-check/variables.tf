variable "service_url" {
  description = "Address of the service, such as https://personalize-kms.example.com"
  type        = string

  validation {
    condition     = can(regex("^https://|^http://(localhost|127\\.0\\.0\\.1)[:/]", var.service_url))
    error_message = "The address must begin with https://, unless the service is on this machine."
  }
}

variable "token" {
  description = "Bearer token of the caller. Terraform keeps it in its state, as it does every argument of a data source: use one that is short-lived."
  type        = string
  default     = null
  sensitive   = true
}

variable "usage" {
  description = "The usage to verify, as the service takes it."
  type = object({
    operations = list(string)
    roleArns   = list(string)
    kmsKeyArns = list(string)
    accountId  = optional(string)
    region     = optional(string)
    profile    = optional(string)
  })
}

variable "wait_up_to_seconds" {
  description = "How long the service may wait for policies that were just applied to have an effect."
  type        = number
  default     = 60

  validation {
    condition     = var.wait_up_to_seconds >= 0 && var.wait_up_to_seconds <= 120
    error_message = "The service waits for 0 to 120 seconds."
  }
}

variable "accepted_verdicts" {
  description = "Verdicts for which there is no warning."
  type        = list(string)
  default     = ["pass"]
}
