"""Private RabbitMQ nodes that can be killed, stopped, cut off and started again."""
