"""Exchange of models with other tools: Apache Ossie (the Open Semantic Interchange) both ways, dbt one way."""
