"""The columns of `governance.query_audit`, each with its Iceberg type and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

TABLE: Final = "governance.query_audit"
TABLE_COMMENT: Final = "One row for each query that Trino finished or refused, as its event listener told it"

Type = Literal["string", "long", "timestamptz", "list<string>"]


@dataclass(frozen=True)
class Column:
    """One column of the table."""

    name: str
    type: Type
    doc: str
    required: bool = False


COLUMNS: Final = (
    Column("query_id", "string", "Trino's id of the query; each is here once", required=True),
    Column(
        "created_at", "timestamptz", "When Trino took the query; the table is partitioned by its day", required=True
    ),
    Column("started_at", "timestamptz", "When it left the queue"),
    Column("ended_at", "timestamptz", "When it was finished or had failed"),
    Column("user", "string", "In whose name it ran; a dashboard's query runs in its viewer's name", required=True),
    Column("principal", "string", "As whom the client logged in, such as a service that acts for its users"),
    Column("original_user", "string", "Who was logged in before another user was taken on"),
    Column("user_groups", "list<string>", "Groups of the user when the query ran"),
    Column("source", "string", "Program that asked, as it names itself"),
    Column("client_info", "string", "What the program says of itself besides"),
    Column("client_tags", "list<string>", "Tags that the program gave the query"),
    Column("client_address", "string", "Network address that the query came from"),
    Column("user_agent", "string", "Library that the program uses, with its version"),
    Column("catalog", "string", "Catalog for names without one; not every catalog that was read, see tables_read"),
    Column("schema", "string", "Schema for names without one"),
    Column("resource_group", "string", "Resource group that it ran in, with those above it"),
    Column("query_type", "string", "SELECT, INSERT, DESCRIBE, DATA_DEFINITION and others; empty for what is no SQL"),
    Column("query", "string", "The statement, its first 20,000 characters"),
    Column("prepared_query", "string", "The prepared statement that it ran, its first 20,000 characters"),
    Column("state", "string", "FINISHED or FAILED; a query that was refused or cancelled has failed", required=True),
    Column("error_code", "string", "Trino's name of what went wrong, such as PERMISSION_DENIED"),
    Column("error_type", "string", "Whose fault it is: USER_ERROR, INSUFFICIENT_RESOURCES, EXTERNAL or INTERNAL_ERROR"),
    Column("error_message", "string", "Trino's words on what went wrong, the first 4,000 characters"),
    Column(
        "tables_read",
        "list<string>",
        "Tables that were read, through views too, as catalog.schema.table; not what only a filter or mask reads",
    ),
    Column("tables_written", "list<string>", "Tables that were written into, as catalog.schema.table"),
    Column(
        "columns_read",
        "list<string>",
        "Columns that were read, as catalog.schema.table.column; what a mask makes NULL is not read",
    ),
    Column("row_filters", "list<string>", "Row filters put on for this user, as catalog.schema.table: condition"),
    Column(
        "column_masks",
        "list<string>",
        "Masks in force for this user on the tables read, as catalog.schema.table.column: expression",
    ),
    Column("total_ms", "long", "Milliseconds from asking to the end, the queue and a slow reader included"),
    Column("queued_ms", "long", "Milliseconds in the queue"),
    Column("analysis_ms", "long", "Milliseconds for looking up names and rights"),
    Column("planning_ms", "long", "Milliseconds for making the plan"),
    Column("execution_ms", "long", "Milliseconds from leaving the queue to the end"),
    Column("cpu_ms", "long", "Milliseconds of processor time, all workers together"),
    Column("rows_scanned", "long", "Rows that were read from storage"),
    Column("bytes_scanned", "long", "Bytes that were read from storage"),
    Column("output_rows", "long", "Rows of the result"),
    Column("output_bytes", "long", "Bytes of the result"),
    Column("written_rows", "long", "Rows that were written into a table"),
    Column("written_bytes", "long", "Bytes that were written into a table"),
    Column("peak_memory_bytes", "long", "The most memory that it held at once"),
    Column("received_at", "timestamptz", "When the receiver took the event", required=True),
)
