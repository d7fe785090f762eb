"""Mail: written to an outbox with the change that causes it, composed and sent by a worker."""
