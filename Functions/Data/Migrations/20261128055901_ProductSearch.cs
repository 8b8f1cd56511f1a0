using Microsoft.EntityFrameworkCore.Migrations;
using NpgsqlTypes;

#nullable disable

namespace Functions.Data.Migrations
{
    /// <summary>
    /// Search that finds what people see: words whatever their accents, punctuation and forms, in the beginnings of words, and words misspelled.
    /// Rewrites the table of products: about half a millisecond a product, in which nobody else uses it.
    /// </summary>
    public partial class ProductSearch : Migration
    {
        // Everything is schema-qualified, as dumps are restored without a search path. The ranges of characters are written out, for the classes
        // of regular expressions ([:alnum:]) depend on the locale of the database. The function unaccent is only stable, as its rules are a file
        // that somebody might change; nobody does while the columns that are made with it exist.
        private const string SearchReadings = """
            CREATE FUNCTION public.search_readings(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
            DECLARE
                longest constant int := 20000; -- What a tsvector may hold, with room for all readings.
                joiners constant text := '[&''+,./:@_`\u00B7\u02BC\u2018\u2019\u2010-\u2012\u2212-]+';
                folded text := pg_catalog.translate(pg_catalog.left(value, longest), '´′', ''''''''); -- What many keyboards have for an apostrophe.
                split text;
                joined text;
                camel text;
            BEGIN
                -- What nobody sees or types: invisible characters, and the signs of trade marks.
                folded := pg_catalog.regexp_replace(folded,
                    '[\u00A9\u00AD\u00AE\u034F\u061C\u0640\u180E\u200C-\u200F\u202A-\u202E\u2060-\u206F\u2117\u2120\u2122\uFE00-\uFE0F\uFEFF\U000E0000-\U000E01EF]+',
                    '', 'g');

                -- Full-width forms, ligatures and the like become plain letters; accents and vowel points go.
                folded := pg_catalog.normalize(pg_catalog.regexp_replace(pg_catalog.normalize(folded, 'NFKD'),
                    '[\u0300-\u036F\u0483-\u0487\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u064B-\u065F\u0670\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE20-\uFE2F]+',
                    '', 'g'), 'NFKC');

                -- Separators of words become blanks: punctuation, symbols and emoji, except what also joins words.
                folded := pg_catalog.regexp_replace(folded,
                    '[\u0001-\u0025\u0028-\u002A\u003B-\u003F\u005B-\u005E\u007B-\u00B6\u00B8-\u00BF\u00D7\u00F7\u2000-\u200F\u2013-\u2017\u201A-\u206F\u20A0-\u20CF\u2190-\u2211\u2213-\u2BFF\u2E00-\u2E7F\u3000-\u3004\u3008-\u3020\u3030\u303D-\u303F\u30FB\uE000-\uF8FF\uFE30-\uFE6F\uFFFC\uFFFD\U0001F000-\U0001FAFF]+',
                    ' ', 'g');

                -- The letters that are no accented ones: ß, œ, ø, ł, …
                folded := pg_catalog.left(public.unaccent('public.unaccent', folded), longest);

                -- "iPhone-15" is read as "iphone 15", "iphone15" and "i phone 15".
                split := pg_catalog.regexp_replace(pg_catalog.regexp_replace(folded, joiners, ' ', 'g'),
                    '(?<=[0-9])(?=[^0-9 ])|(?<=[^0-9 ])(?=[0-9])', ' ', 'g');
                joined := pg_catalog.regexp_replace(folded, joiners, '', 'g');
                camel := pg_catalog.regexp_replace(split, '(?<=[a-z])(?=[A-Z])', ' ', 'g');

                -- Words of more than 2,046 bytes are errors in queries.
                RETURN pg_catalog.lower(pg_catalog.regexp_replace(
                    split || CASE WHEN joined <> split THEN E'\n' || joined ELSE '' END || CASE WHEN camel <> split THEN E'\n' || camel ELSE '' END,
                    '(\S{255})\S+', '\1', 'g'));
            END
            $function$;
            COMMENT ON FUNCTION public.search_readings IS 'The ways to read a text in a search, one a line: words in lower case, without accents and punctuation.';
            """;

        private const string EnglishWords = """
            CREATE TEXT SEARCH DICTIONARY public.english_words (TEMPLATE = pg_catalog.simple, STOPWORDS = english);
            CREATE TEXT SEARCH CONFIGURATION public.english_words (COPY = pg_catalog.simple);
            ALTER TEXT SEARCH CONFIGURATION public.english_words ALTER MAPPING REPLACE pg_catalog.simple WITH public.english_words;
            COMMENT ON TEXT SEARCH CONFIGURATION public.english_words IS 'Words as they are, except stop words.';
            """;

        private const string Aggregates = """
            CREATE AGGREGATE public.tsquery_all(tsquery) (SFUNC = pg_catalog.tsquery_and, STYPE = tsquery);
            CREATE AGGREGATE public.tsquery_any(tsquery) (SFUNC = pg_catalog.tsquery_or, STYPE = tsquery);
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:public.pg_trgm", ",,")
                .Annotation("Npgsql:PostgresExtension:public.unaccent", ",,");

            migrationBuilder.Sql(SearchReadings);
            migrationBuilder.Sql(EnglishWords);
            migrationBuilder.Sql(Aggregates);

            migrationBuilder.DropColumn(
                name: "search_vector",
                table: "products");

            // Names are counted by what people see, which has any number of code points. No column may be generated from one whose type changes.
            migrationBuilder.AlterColumn<string>(
                name: "name",
                table: "products",
                type: "text",
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(200)",
                oldMaxLength: 200);

            migrationBuilder.AddColumn<NpgsqlTsVector>(
                name: "search_vector",
                table: "products",
                type: "tsvector",
                nullable: false,
                computedColumnSql: "setweight(to_tsvector('pg_catalog.simple', public.search_readings(name)), 'A') || setweight(to_tsvector('pg_catalog.english', public.search_readings(name)), 'B') || setweight(to_tsvector('public.english_words', public.search_readings(description)), 'C') || setweight(to_tsvector('pg_catalog.english', public.search_readings(description)), 'D')",
                stored: true);

            migrationBuilder.AddColumn<string>(
                name: "search_name",
                table: "products",
                type: "text",
                nullable: false,
                computedColumnSql: "public.search_readings(name)",
                stored: true);

            migrationBuilder.CreateIndex(
                name: "ix_products_search_name",
                table: "products",
                column: "search_name")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "public.gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_products_search_vector",
                table: "products",
                column: "search_vector")
                .Annotation("Npgsql:IndexMethod", "gin");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // The extensions stay: others may use them by now.
            migrationBuilder.DropColumn(
                name: "search_name",
                table: "products");

            migrationBuilder.DropColumn(
                name: "search_vector",
                table: "products");

            migrationBuilder.Sql("""
                DROP AGGREGATE public.tsquery_any(tsquery);
                DROP AGGREGATE public.tsquery_all(tsquery);
                DROP TEXT SEARCH CONFIGURATION public.english_words;
                DROP TEXT SEARCH DICTIONARY public.english_words;
                DROP FUNCTION public.search_readings;
                """);

            migrationBuilder.AlterColumn<string>(
                name: "name",
                table: "products",
                type: "character varying(200)",
                maxLength: 200,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "text");

            migrationBuilder.AddColumn<NpgsqlTsVector>(
                name: "search_vector",
                table: "products",
                type: "tsvector",
                nullable: false)
                .Annotation("Npgsql:TsVectorConfig", "english")
                .Annotation("Npgsql:TsVectorProperties", new[] { "name", "description" });

            migrationBuilder.CreateIndex(
                name: "ix_products_search_vector",
                table: "products",
                column: "search_vector")
                .Annotation("Npgsql:IndexMethod", "GIN");
        }
    }
}
