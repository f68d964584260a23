"""The columns of `governance.query_audit`, each with its Iceberg type and what it says."""

from __future__ import annotations

from typing import Final

from lakefront.iceberg.columns import Column, ColumnType

TABLE: Final = "governance.query_audit"
TABLE_COMMENT: Final = "One row for each query that Trino finished or refused, as its event listener told it"


def _told(name: str, type_: ColumnType, doc: str) -> Column:
    """Return a column of what an event may leave out."""
    return Column(name, type_, doc, required=False)


COLUMNS: Final = (
    Column("query_id", "string", "Trino's id of the query; each is here once"),
    Column("created_at", "timestamptz", "When Trino took the query; the table is partitioned by its day"),
    _told("started_at", "timestamptz", "When it left the queue"),
    _told("ended_at", "timestamptz", "When it was finished or had failed"),
    Column("user", "string", "In whose name it ran; a dashboard's query runs in its viewer's name"),
    _told("principal", "string", "As whom the client logged in, such as a service that acts for its users"),
    _told("original_user", "string", "Who was logged in before another user was taken on"),
    _told("user_groups", "list<string>", "Groups of the user when the query ran"),
    _told("source", "string", "Program that asked, as it names itself"),
    _told("client_info", "string", "What the program says of itself besides"),
    _told("client_tags", "list<string>", "Tags that the program gave the query"),
    _told("client_address", "string", "Network address that the query came from"),
    _told("user_agent", "string", "Library that the program uses, with its version"),
    _told("catalog", "string", "Catalog for names without one; not every catalog that was read, see tables_read"),
    _told("schema", "string", "Schema for names without one"),
    _told("resource_group", "string", "Resource group that it ran in, with those above it"),
    _told("query_type", "string", "SELECT, INSERT, DESCRIBE, DATA_DEFINITION and others; empty for what is no SQL"),
    _told("query", "string", "The statement, its first 20,000 characters"),
    _told("prepared_query", "string", "The prepared statement that it ran, its first 20,000 characters"),
    Column("state", "string", "FINISHED or FAILED; a query that was refused or cancelled has failed"),
    _told("error_code", "string", "Trino's name of what went wrong, such as PERMISSION_DENIED"),
    _told("error_type", "string", "Whose fault it is: USER_ERROR, INSUFFICIENT_RESOURCES, EXTERNAL or INTERNAL_ERROR"),
    _told("error_message", "string", "Trino's words on what went wrong, the first 4,000 characters"),
    _told(
        "tables_read",
        "list<string>",
        "Tables that were read, through views too, as catalog.schema.table; not what only a filter or mask reads",
    ),
    _told("tables_written", "list<string>", "Tables that were written into, as catalog.schema.table"),
    _told(
        "columns_read",
        "list<string>",
        "Columns that were read, as catalog.schema.table.column; what a mask makes NULL is not read",
    ),
    _told("row_filters", "list<string>", "Row filters put on for this user, as catalog.schema.table: condition"),
    _told(
        "column_masks",
        "list<string>",
        "Masks in force for this user on the tables read, as catalog.schema.table.column: expression",
    ),
    _told("total_ms", "long", "Milliseconds from asking to the end, the queue and a slow reader included"),
    _told("queued_ms", "long", "Milliseconds in the queue"),
    _told("analysis_ms", "long", "Milliseconds for looking up names and rights"),
    _told("planning_ms", "long", "Milliseconds for making the plan"),
    _told("execution_ms", "long", "Milliseconds from leaving the queue to the end"),
    _told("cpu_ms", "long", "Milliseconds of processor time, all workers together"),
    _told("rows_scanned", "long", "Rows that were read from storage"),
    _told("bytes_scanned", "long", "Bytes that were read from storage"),
    _told("output_rows", "long", "Rows of the result"),
    _told("output_bytes", "long", "Bytes of the result"),
    _told("written_rows", "long", "Rows that were written into a table"),
    _told("written_bytes", "long", "Bytes that were written into a table"),
    _told("peak_memory_bytes", "long", "The most memory that it held at once"),
    Column("received_at", "timestamptz", "When the receiver took the event"),
    # After those of older tables, to which these are added.
    _told("client", "string", "Part of the program that asked, as it says: dashboard, filter, chart, sql lab, alert"),
    _told("chart", "string", "Title of the chart that asked, as the program says"),
    _told("chart_uuid", "string", "The chart's uuid, which stays when its title changes"),
    _told("dashboard", "string", "Title of the dashboard that the chart or filter is in, as the program says"),
    _told("dashboard_uuid", "string", "The dashboard's uuid"),
    _told("dashboard_filter", "string", "Name of the dashboard's filter that asked, as the program says"),
    _told("sql_tab", "string", "Title of the SQL Lab tab that asked, as the program says"),
    _told("alert", "string", "Name of the alert that asked, as the program says"),
    _told("request_id", "string", "Id of the request to the program that asked, which its log lines have, too"),
)
