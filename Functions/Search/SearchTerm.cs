namespace Functions.Search;

/// <summary>A word or phrase of a <see cref="SearchQuery"/>.</summary>
/// <param name="Text">As it was typed, with whatever punctuation.</param>
/// <param name="Alternative">Which of the alternatives that <c>or</c> separates it belongs to.</param>
/// <param name="Excluded">Whether nothing may be found that has it: <c>-word</c>.</param>
/// <param name="Quoted">Whether it is to be found as it stands: <c>"a phrase"</c>.</param>
/// <param name="Begun">Whether it is the last word typed so far, and perhaps not complete.</param>
internal sealed record SearchTerm(string Text, int Alternative, bool Excluded, bool Quoted, bool Begun);
