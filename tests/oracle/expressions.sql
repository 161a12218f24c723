-- One expression a line over the table in nasty_values.py; a line with ! must fail in both.
-- json
jb->'a'
jb->>'a'
jb->'b'
jb->>'b'
jb->'b'->'c'->1
jb->'b'->'c'->>1
jb->'b'->>'c'
jb->0
jb->-1
jb->>-2
jb->>3
jb->>'k'
jb->>'n'
jb->'n'
jb->>t
jb->i
jb#>'{b,c,0}'
jb#>>'{b,c,-1}'
jb#>>'{}'
jb#>>'{1}'
jb#>>array['b','c']
jb->'l'
jb->>'é'
(jb->'b'->'c'->>0)::int
!(jb->>'a')::int
jb->'a' = '1'
jb = '{"a": 1}'
jb <> 'null'
jb->'b' = '{"c": [1, 2.5, "x"]}'
jb->'l' = '[1, 1, 10]'
jb @> '{"a": 1}'
jb @> '{"a": 1.0}'
jb @> '{"b": {"c": [2.5]}}'
jb @> '[1, {"four": 4}]'
jb @> '"text"'
jb @> '"three"'
jb @> '[]'
jb @> '{}'
jb @> '[[1]]'
jb ? 'a'
jb ? 'three'
jb ? 'text'
jb ? t
jb ?| array['zz', 'a']
jb ?& array['k', 'a']
jb ?| '{k,q}'
jsonb_typeof(jb)
json_typeof(j)
jsonb_typeof(jb->'b')
jsonb_array_length(jb->'l')
json_array_length(j->'b'->'c')
!jsonb_array_length(jb)
jsonb_extract_path(jb, 'b', 'c')
jsonb_extract_path_text(jb, 'b', 'c', '1')
json_extract_path_text(j, 'k')
jb::text
jb::json
j->'b'
j->>'k'
j->>0
j->3->'four'
jb is null
coalesce(jb->>'a', 'none')
-- arrays
ai[1]
ai[2]
ai[0]
ai[-1]
ai[i]
ai[2:3]
ai[0:1]
ai[3:1]
ai[:2]
ai[2:]
at[1]
ai
at
array_length(ai, 1)
array_length(ai, 2)
cardinality(ai)
array_upper(at, 1)
array_lower(at, 1)
array_ndims(ai)
array_position(ai, 2)
array_position(ai, NULL)
array_position(at, 'x')
array_positions(ai, 1)
i = ANY(ai)
i <> ALL(ai)
2 = ANY(ai)
2 < ANY(ai)
2 >= ALL(ai)
t = ANY(at)
i = ANY('{1,7,NULL}')
i = ANY(ARRAY[1,7])
NOT i = ANY(ARRAY[1,7,NULL])
t LIKE ANY (ARRAY['%a%','H%'])
v = ANY('{abc,"x_y%z"}'::text[])
ai @> ARRAY[1]
ai @> ARRAY[1,NULL]
ai @> '{}'
ai <@ ARRAY[1,2,3]
ai && ARRAY[3,100]
ai && ARRAY[NULL]::int[]
ai || 5
5 || ai
ai || ARRAY[8,9]
ai || NULL::int[]
at || 'q'::text
array_append(ai, 4)
array_prepend(4, ai)
array_cat(ai, ARRAY[1])
array_remove(ai, 1)
array_remove(ai, NULL)
array_replace(ai, 1, 9)
array_to_string(ai, ',')
array_to_string(ai, ',', '*')
array_to_string(at, '')
array_to_string(ARRAY[true,false], '|')
string_to_array(t, ',')
string_to_array(t, '')
string_to_array(t, NULL)
string_to_array(t, ',', '')
ARRAY[i, 5]
ARRAY[t, v]
ARRAY[f, 1]
ARRAY[n, 1.5]
ARRAY[d]
ARRAY[ts]
ARRAY[o]
ARRAY[]::int[]
ai::text[]
ai::bigint[]
'{1,2}'::int[]
ai = '{1,NULL,3}'
ai < ARRAY[1,2]
ai <> '{}'
ARRAY[1,2] = ai
