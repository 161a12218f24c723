"""A view as Elasticsearch documents: an index for each generation, behind one alias."""

from materializers.sinks.elasticsearch.sink import ElasticsearchSink

__all__ = ["ElasticsearchSink"]
