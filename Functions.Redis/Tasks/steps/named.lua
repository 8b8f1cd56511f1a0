-- Whether a record is that of a task called name; any, if name is ''.
local function is_named(record, name)
  return name == '' or string.sub(record, 70, 70 + #name) == name .. '\n'
end
