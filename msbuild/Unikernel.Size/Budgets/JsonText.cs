using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Unikernel.Size.Budgets;

/// <summary>Where something stands in a file; lines and columns count from 1.</summary>
public readonly struct TextPosition(int line, int column)
{
    public int Line { get; } = line;
    public int Column { get; } = column;
}

/// <summary>A value of JSON that knows where it stands.</summary>
public sealed class JsonValue(JsonKind kind, TextPosition position, string text)
{
    public JsonKind Kind { get; } = kind;
    public TextPosition Position { get; } = position;

    /// <summary>A string's content, or a number or word as it is written.</summary>
    public string Text { get; } = text;

    public List<JsonValue> Items { get; } = [];
    public List<JsonMember> Members { get; } = [];
}

/// <summary>A member of an object: its name, where the name stands, and its value.</summary>
public sealed class JsonMember(string name, TextPosition position, JsonValue value)
{
    public string Name { get; } = name;
    public TextPosition Position { get; } = position;
    public JsonValue Value { get; } = value;
}

/// <summary>The kinds of values (RFC 8259, section 3).</summary>
public enum JsonKind
{
    Object,
    Array,
    String,
    Number,
    Word,
}

/// <summary>The text is no JSON, or no budget: where, and why.</summary>
public sealed class BudgetFormatException(TextPosition position, string message) : System.Exception(message)
{
    public TextPosition Position { get; } = position;
}

/// <summary>
/// Reads JSON (RFC 8259, with comments and trailing commas as editors allow in settings) into values that know their place. The analyzers compile this
/// file too, for a compiler that need not have System.Text.Json: that is why it is written by hand, and without what .NET Standard 2.0 lacks.
/// </summary>
public sealed class JsonText
{
    private const int MaximumDepth = 32;

    private readonly string _text;
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private JsonText(string text) => _text = text;

    /// <exception cref="BudgetFormatException">The text is no JSON.</exception>
    public static JsonValue Parse(string text)
    {
        var reader = new JsonText(text);
        if (text.Length > 0 && text[0] == '\uFEFF')
            reader._at = reader._lineStart = 1;
        JsonValue value = reader.ReadValue(0);
        reader.SkipBlank();
        if (reader._at < text.Length)
            throw reader.Error("the text goes on after the end of the object");
        return value;
    }

    private TextPosition Here => new TextPosition(_line, _at - _lineStart + 1);

    private BudgetFormatException Error(string message) => new BudgetFormatException(Here, message);

    private JsonValue ReadValue(int depth)
    {
        SkipBlank();
        if (depth > MaximumDepth)
            throw Error("objects are nested too deeply");
        if (_at == _text.Length)
            throw Error("the file ends where a value should be");
        switch (_text[_at])
        {
            case '{': return ReadObject(depth);
            case '[': return ReadArray(depth);
            case '"':
                TextPosition position = Here;
                return new JsonValue(JsonKind.String, position, ReadString());
            default: return ReadBare();
        }
    }

    private JsonValue ReadObject(int depth)
    {
        var result = new JsonValue(JsonKind.Object, Here, "");
        _at++;
        while (!End('}', "the object has no end: '}' is missing"))
        {
            if (_text[_at] != '"')
                throw Error("a name in quotes should be here");
            TextPosition position = Here;
            string name = ReadString();
            SkipBlank();
            if (_at == _text.Length || _text[_at] != ':')
                throw Error("':' should be behind the name \"" + name + "\"");
            _at++;
            foreach (JsonMember other in result.Members)
            {
                if (other.Name == name)
                    throw new BudgetFormatException(position, "\"" + name + "\" is here twice");
            }

            result.Members.Add(new JsonMember(name, position, ReadValue(depth + 1)));
            Comma('}');
        }

        return result;
    }

    private JsonValue ReadArray(int depth)
    {
        var result = new JsonValue(JsonKind.Array, Here, "");
        _at++;
        while (!End(']', "the list has no end: ']' is missing"))
        {
            result.Items.Add(ReadValue(depth + 1));
            Comma(']');
        }

        return result;
    }

    private bool End(char bracket, string missing)
    {
        SkipBlank();
        if (_at == _text.Length)
            throw Error(missing);
        if (_text[_at] != bracket)
            return false;
        _at++;
        return true;
    }

    private void Comma(char bracket)
    {
        SkipBlank();
        if (_at < _text.Length && _text[_at] == ',')
            _at++;
        else if (_at < _text.Length && _text[_at] != bracket)
            throw Error("',' or '" + bracket + "' should be here");
    }

    private string ReadString()
    {
        var text = new StringBuilder();
        _at++;
        while (true)
        {
            if (_at == _text.Length || _text[_at] == '\n')
                throw Error("the string has no end: '\"' is missing");
            char c = _text[_at++];
            if (c == '"')
                return text.ToString();
            text.Append(c == '\\' ? ReadEscape() : c);
        }
    }

    private char ReadEscape()
    {
        char c = _at < _text.Length ? _text[_at++] : '\0';
        switch (c)
        {
            case '"' or '\\' or '/': return c;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when _at + 4 <= _text.Length
                && ushort.TryParse(_text.Substring(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code):
                _at += 4;
                return (char)code;
            default: throw Error("'\\" + c + "' is not an escape of JSON");
        }
    }

    private JsonValue ReadBare()
    {
        TextPosition position = Here;
        int start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '.' || _text[_at] == '-' || _text[_at] == '+'))
            _at++;
        string text = _text.Substring(start, _at - start);
        if (text is "true" or "false" or "null")
            return new JsonValue(JsonKind.Word, position, text);
        if (text.Length > 0 && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return new JsonValue(JsonKind.Number, position, text);
        throw new BudgetFormatException(position, text.Length > 0 ? "'" + text + "' is not a value of JSON" : "'" + _text[_at] + "' should not be here");
    }

    private void SkipBlank()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c == '\n')
            {
                _line++;
                _lineStart = _at + 1;
            }
            else if (c == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/')
            {
                while (_at < _text.Length && _text[_at] != '\n')
                    _at++;
                continue;
            }
            else if (c != ' ' && c != '\t' && c != '\r')
            {
                return;
            }

            _at++;
        }
    }
}
