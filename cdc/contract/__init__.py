"""The contract between capture and its readers: topic names, envelopes, schemas and cuts."""
