<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About Coiffe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gives a portrait another portrait&apos;s hair: offline, at the photograph&apos;s full size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version {0}
Python {1}, Qt for Python {2}
Licence: Apache 2.0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sample portrait shows Eileen Collins, photographed by NASA (public domain). The other samples were painted by the model; each face is mixed from several people.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Actions</name>
    <message>
        <source>&amp;Before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the photo as it was</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before, for a &amp;moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the photo as it was for a moment; as long as the key is held</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The compared picture on one side of a line that can be dragged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;ide by side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>References and candidates beside the portrait, zoomed together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What differs from the compared picture; black is the same</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Onion skin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The compared picture laid over the portrait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Compare or not</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switch the last way of comparing on or off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Turn the split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Above and below instead of left and right, or back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the last step back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do again what was taken back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See and change the keys of all actions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Preferences…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory for undo, canvas, overlay colours, size of type</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a portrait to edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a sa&amp;mple</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the portrait and the reference that come with the program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Add reference…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a photograph whose hair is wanted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add s&amp;tyle picture…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a picture whose style is wanted; it need not show a face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the project under another name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the finished portrait as PNG, TIFF, JPEG or WebP</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close this portrait and go back to the start page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the guid&amp;e</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add what guided the shown candidate as a layer, to be edited for the next run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use as &amp;guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipes may follow this layer; it is no part of the picture and of no export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dupli&amp;cate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the active layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Merge d&amp;own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put the active layer and the one below together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>De&amp;lete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the active layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the active layer another name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Visible</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide the active layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locke&amp;d</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A locked layer takes no strokes, moves or deletion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use mas&amp;k</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the active layer through its mask, or whole</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select &amp;above</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select the layer above</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select &amp;below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select the layer below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move &amp;up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put the active layer above the next one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move do&amp;wn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put the active layer below the one under it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strokes change the hair mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Ignore</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strokes change the mask of what is invented anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Protect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strokes change the mask of what must not change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Mask of the layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strokes reveal and hide the active layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Fill</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cover the whole photograph</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Empty the mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Invert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cover what is free and free what is covered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Grow and feather…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the numbers that grow, shrink and soften the mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find the &amp;hair again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace the hair mask by what the program finds; can be undone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Load from file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace the mask by a picture of the same size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save to file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the mask as PNG</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;New from reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lay a reference over the portrait as a layer with a mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compose with the current photographs, masks and recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause the run, or go on with it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the run and keep the best so far</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the preview a layer of the portrait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Discard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the preview away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Next candidate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at the next result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous &amp;candidate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at the previous result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ans&amp;wers…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See all answers of a run that gave several, and choose another one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Brush</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Opacity of strokes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Show mask as</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Paint on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paint the mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Eraser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Erase the mask; again goes back to the brush</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Lasso</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag around an area, or click its corners</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill an enclosed area of the mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F&amp;ace points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correct eyes, mouth and chin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Move layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the active layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Zoom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom by click or drag</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Smaller</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the brush smaller</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Larger</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the brush larger</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So&amp;fter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the edge of the brush softer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Harder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the edge of the brush harder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;wap paint and erase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strokes erase instead of paint, or the other way round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Default brush</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bring size, hardness and opacity of this tool back to the start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much one stroke covers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the mask that is painted is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the photograph larger</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the photograph smaller</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the whole photograph</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;100 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One pixel of the photograph on one pixel of the screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pre&amp;vious zoom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to where the view was before the last zoom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn &amp;left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn the view by 15°, not the photograph</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn &amp;right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Upright</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn the view upright again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Mirror the view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at the picture mirrored; its pixels stay as they are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask overla&amp;y</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide the coloured masks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Crop and face points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show where the face was found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pixel &amp;grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lines between pixels from 800 % on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the pi&amp;nned reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the reference beside the canvas away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Overlay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>O&amp;utline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Black matte</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;White matte</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Mask alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Transparent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put all panels back to where they were at first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide &amp;panels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave only the canvas, or bring the panels back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill the screen, or go back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;The chosen recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the recipe does, when to use it, and what its parameters mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look up the key of an action</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the &amp;log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the folder with the file in which problems are noted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;About Coiffe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version and licence</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close this message (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Bindings</name>
    <message>
        <source>&amp;Undo {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Brush</name>
    <message>
        <source>Size %1 px
Hardness %2 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stroke taken back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask changed under the brush: the stroke was taken back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask is not shown while its overlay is off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size %1 px</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hardness %1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stroke opacity %1 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lasso removes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lasso adds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brush paints</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brush erases</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tool options are back to their defaults</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BrushPage</name>
    <message>
        <source>Pressure changes the size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pressure changes the opacity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More about the brush</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs a pen; a mouse always presses fully</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CandidateDelegate</name>
    <message>
        <source>Name of the candidate</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CandidateModel</name>
    <message>
        <source>seed {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>starred</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Double-click applies it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} steps</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Candidates</name>
    <message>
        <source>Result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove candidate {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove {0} candidates</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CandidatesStrip</name>
    <message>
        <source>Candidates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Results are kept here until you remove them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory that all candidates hold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove unstarred</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove every candidate without a star; undo brings them back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} MB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Removed {0} candidates; undo brings them back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove the star</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Star</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply as a layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use its settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue from it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep guide as a layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CanvasArea</name>
    <message>
        <source>Pinned reference</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CanvasView</name>
    <message>
        <source>Canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a portrait, or drop a photo here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This reference is no longer part of the document</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ColourButton</name>
    <message>
        <source>Colour of {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CompareActions</name>
    <message>
        <source>before</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CompareBar</name>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Split across</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Above and below instead of left and right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gain of the difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>changed pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>× {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opacity of the compared picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures beside the portrait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose up to three pictures that stand beside the portrait</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Comparison</name>
    <message>
        <source>now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>before</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ContactSheet</name>
    <message>
        <source>Contact sheet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers of the run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No candidate has several answers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A run is under way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} answers of “{1}”. The marked one is shown; click another one, or press Enter on it, to have it as a candidate of its own.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CropView</name>
    <message>
        <source>Preview at 100 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One pixel of the file on one pixel of the screen.
Drag, or use the arrow keys, to look elsewhere.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>There is no page about this recipe.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DockTitle</name>
    <message>
        <source>Float {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Docks</name>
    <message>
        <source>Show or hide this panel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DropZones</name>
    <message>
        <source>Open as portrait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add as reference</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Edit</name>
    <message>
        <source>Paint hair mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paint ignore mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paint protect mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reveal in layer mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Erase hair mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Erase ignore mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Erase protect mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide in layer mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add to hair mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add to ignore mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add to protect mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reveal area of layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove from hair mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove from ignore mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove from protect mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide area of layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill in hair mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill in ignore mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill in protect mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill in layer mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear area of hair mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear area of ignore mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear area of protect mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear area of layer mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a photo first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no such mask any more: choose one in the Masks panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is locked: unlock it in the Layers panel to paint its mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is hidden: show it in the Layers panel to paint its mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask of “%1” is switched off: switch it on to paint it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A large area is still being filled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outside the layer there is nothing to paint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outside the photo there is nothing to paint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Engine</name>
    <message>
        <source>The system ended it; most often there was not enough memory.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its process ended with code {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run again; if it happens again, use smaller photos or close other programs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine stopped unexpectedly.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Export</name>
    <message>
        <source>{0} bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} KB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} MB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} GB</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size of the file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the preview a layer of the portrait, so that it is exported</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The preview is not applied and will not be exported.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A run is under way; what it shows will not be exported.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} × {1} px, {2} bits per channel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Estimating…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>about {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}, quality {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Composite</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} composite</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export as {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} files ({1})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExportForm</name>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Depth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} bits per channel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lossless</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quality: smaller files look worse</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quality</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Width</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size in percent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photograph&apos;s own size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour profile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Camera and description (EXIF)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where it was taken (GPS)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note that parts are synthetic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Says in the file&apos;s XMP, by the IPTC&apos;s term, that the picture is a composite made with a trained model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compression</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metadata</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Convert to sRGB (8 bits)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Convert to sRGB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This file has 8 bits per channel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photograph does not tell a place.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Exporter</name>
    <message>
        <source>Exported {0}, {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is in {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} could not be exported.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another place or format.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Face</name>
    <message>
        <source>Right eye</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left eye</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right corner of the mouth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left corner of the mouth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Eyes and mouth cannot lie on one point</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No face is known yet: drag the points onto it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Face %1: click to use</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Files</name>
    <message>
        <source>Open a portrait or a project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add style pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add references</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Photographs ({0})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Photographs and projects ({0})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Projects ({0})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cannot be opened.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is not at {0} any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was taken off the list of recent files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Clear the list</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Fill</name>
    <message>
        <source>No outline encloses this place: draw one around it, then click inside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to clear here: click on a covered area</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to fill here: click on an empty area</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask was changed meanwhile: click again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FillPage</name>
    <message>
        <source>Click inside a painted outline; small gaps are closed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>GuideActions</name>
    <message>
        <source>Show a candidate first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This candidate was made without a guide that could be edited.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep guide as a layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next run follows this guide where its mask shows it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The guide is a layer now. {0} can follow it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The guide could not be kept as a layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close other programs and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” guides recipes and is no part of the picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is part of the picture.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HelpViewer</name>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help: {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistoryPanel</name>
    <message>
        <source>Opened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory that the history keeps; the oldest steps are forgotten beyond it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Lasso</name>
    <message>
        <source>An area needs at least three corners</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click to close</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LassoPage</name>
    <message>
        <source>Feather</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Width of the soft edge in pixels of the photo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag around an area, or click its corners and press Enter</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayerActions</name>
    <message>
        <source>Normal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Darken</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lighten</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Color dodge</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Color burn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hard light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Soft light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No layer is selected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photo itself never changes. Apply a result or add a reference to work on a layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photo is the ground of the document and cannot be removed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Below lies the photo, which never changes. Only layers above it can be merged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A guide is no part of the picture and cannot be merged with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show both layers before merging them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is locked. Unlock it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layers were changed meanwhile: merge again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photo itself never changes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the other layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show only %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photo has no mask of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Painting the mask of “%1”: paint reveals, erase hides.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayerDelegate</name>
    <message>
        <source>Name of the layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide · Alt+click shows this layer alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click: paint this mask
Alt+click: see the mask alone
Shift+click: switch the mask off or on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photo itself never changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock or unlock: a locked layer is neither painted, moved nor deleted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1
Double-click to rename, drag to reorder</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayerModel</name>
    <message>
        <source>Portrait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not in the picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>visible</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mask off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its mask is painted</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayerView</name>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Merge down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Visible</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show only this layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Guide, no part of the picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paint mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See mask alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reveal all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide all</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayersPanel</name>
    <message>
        <source>Opacity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How strongly the layer covers what lies below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a reference as layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Merge with the layer below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete layer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LossCurve</name>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No loss yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss {0}, at first {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Tool options</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>References</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Masks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Candidates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set points by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something went wrong inside the program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The portrait is still there. Undo the last step if it looks wrong, and save under a new name.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MaskActions</name>
    <message>
        <source>Hair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ignore</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Protect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the hair is now: it is taken away or covered. Found by itself; correct it by painting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The hair to take over. Found by itself; correct it by painting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the engine should not look at: hands, straps, microphones, text over the picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What must not change at all: every pixel here stays exactly as it is in the photo.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What must not be taken over from this photo.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the layer shows: white reveals it, black hides it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mask of layer “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 mask of “%2”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No mask is selected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is locked. Unlock it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Invert mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved the %1 as %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The %1 could not be saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loaded %1 as the %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 could not be loaded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PNG picture (*.png)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures (*.png *.tif *.tiff *.webp *.bmp *.jpg *.jpeg)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another file or folder.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MaskOptions</name>
    <message>
        <source>Hair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ignore</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Protect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Black matte</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>White matte</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Transparent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Red</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Orange</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yellow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Green</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cyan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Violet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pink</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>White</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Black</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which mask strokes change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whose mask strokes change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay colour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour in which this kind of mask is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the mask is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay opacity: how strongly masks are shown; they themselves stay as they are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay opacity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the mask is shown: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Portrait</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MaskRow</name>
    <message>
        <source>Overlay colour of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show %1 over the picture</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MasksPanel</name>
    <message>
        <source>Photo whose masks are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Photo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Moves the edge of the mask outwards, below 0 inwards. What is painted stays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Feather</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Width of the soft edge. What is painted stays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How strongly overlays are drawn; has no influence on the masks themselves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour overlay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No overlay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On black</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On white</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On transparency</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the painted mask is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cover everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Invert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cover what is not covered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cover nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the mask from a picture of the photo&apos;s size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the mask as a PNG, growth and feather applied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the hair of this photo be found again. It replaces the mask and can be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Portrait: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reference: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Painted by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Found automatically</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not found yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Empty</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>Open &amp;recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More samples</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Move</name>
    <message>
        <source>Open a photo first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers lie on the portrait: move them there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The portrait itself stays where it is: select another layer to move it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is locked: unlock it in the Layers panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is hidden: show it in the Layers panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Moved by %1, %2 px</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Opener</name>
    <message>
        <source>Reading {0}…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finding face and hair in {0}…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} is kept as a reference.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now open the portrait that is to have its hair.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a portrait first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no room for {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A recipe takes {0} style pictures at most.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove one, or drop the picture on the one that it is to replace.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} cannot be opened.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try a copy saved as PNG or JPEG.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find the hair</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ParamRow</name>
    <message>
        <source>Reset {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What {0} does</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset to {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>changed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PictureActions</name>
    <message>
        <source>Style %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace style picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add style picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove style picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move style picture</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PictureCell</name>
    <message>
        <source>%1: empty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1
Click to open a photo, or drop one here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show beside the canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>Preferences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grey of the canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size of type</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory for undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor threads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grey around the photo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory, at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps, at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Takes effect when the program is started again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProgressStrip</name>
    <message>
        <source>Progress of the run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and keep the best so far as a candidate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply  ⏎</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make this result a layer (Enter)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See all answers of this run and choose another one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discard  Esc</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} answers…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take this candidate off the canvas; it stays in the list (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take this result away for good (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preview, not applied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopped at step {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is running.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProjectFiles</name>
    <message>
        <source>Save the project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Projects ({0})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} could not be saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save under another name or in another place; the old file was not touched.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecipePanel</name>
    <message>
        <source>Recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help for this recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it does, when to use it, and what its parameters mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draft</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Standard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A quick look: a third of the time of Standard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Good for most pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The best this recipe can do; takes twice as long as Standard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preset {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide the other parameters of this recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset all parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings back what the preset says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a parameter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No parameter of this name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Advanced ({0})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Advanced ({0}) · {1} changed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReferenceActions</name>
    <message>
        <source>Add a reference first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Laying “%1” over the portrait…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add reference as layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The reference lies on the portrait&apos;s face.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The reference fills the picture: its face or the portrait&apos;s is not known.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” could not be laid over the portrait.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try a smaller copy of the photo.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It would lie completely outside the picture.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReferenceSlot</name>
    <message>
        <source>%1: open a photo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: show beside the canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its masks can be painted there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: use this photo for both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: empty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photo stays in the strip below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReferenceStrip</name>
    <message>
        <source>All references</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use for shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use for appearance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use for both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use as an extra</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use as a style</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show beside the canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add as layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReferencesPanel</name>
    <message>
        <source>The photo whose hair gives outline and flow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The photo whose hair gives colour and texture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Extras</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Further portraits, for recipes that take single regions from several</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Styles</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures whose style is wanted; they need not show a face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swap shape and appearance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No face found: set the points by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finding face…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hair painted by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hair found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No hair found: paint it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Face found</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Replace</name>
    <message>
        <source>Replace the file?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” is the photograph this portrait was made from.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replacing it cannot be undone: the photograph itself would be gone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” exists already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its content would be replaced.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Replace the photograph</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Replace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunButtons</name>
    <message>
        <source>Stop and keep the best so far as a candidate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the picture (Ctrl+Enter)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preparing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pausing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunController</name>
    <message>
        <source>A run is under way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other answers of this candidate are not known any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Applied {0} as a layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the run to look at candidates.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no candidates yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finished, with remarks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the portrait as an sRGB file and run again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The result cannot be shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run was ended.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its reference was removed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a reference portrait and run again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run goes on with your changes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run ended with an error; this is its last picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preview, not applied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunOptions</name>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same seed makes the same picture again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw another seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep this seed; unlocked, every run draws another one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep this seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model pack</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blend</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the seam between result and photo is closed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Poisson</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multi-band</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pack</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0}, {1} MB, {2}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Damaged: {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} (not installed)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunRequest</name>
    <message>
        <source>Open a portrait first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a reference portrait first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing would change: choose where a region comes from.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunText</name>
    <message>
        <source>starting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {0}/{1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopping…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pausing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loading the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>finding the face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>finishing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bending the generator</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>channel styles</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>feature map and noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>finding the face&apos;s code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fitting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fitting the hair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>joining the regions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mixing codes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one code per layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>painting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>preparing the goal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stage 1/2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stage 2/2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Samples</name>
    <message>
        <source>Painted by the model that comes with Coiffe; each face is mixed from three people</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A portrait and copper hair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Eileen Collins, photographed by NASA (public domain)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Long dark hair and a blond bob</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Long hair and a short cut</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark hair and grey hair</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShortcutEditor</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search by name or key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Actions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Action</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Works</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>or</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give this action its first keys back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>everywhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on the canvas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in the layers panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} also belongs to: {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some keys belong to two actions; they are shown in red.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose an action to change its keys.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SideBySide</name>
    <message>
        <source>{0}, now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SignButtons</name>
    <message>
        <source>Add to the mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>X changes to the other</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take away from the mask</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SliderField</name>
    <message>
        <source>%1, number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Double-click the name to reset to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset to %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SlotPicture</name>
    <message>
        <source>%1: empty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click to open a photo, or drop one here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1
Double-click shows it beside the canvas to paint its masks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop or open</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SourceChoices</name>
    <message>
        <source>“%1” names %2, which is empty: add a portrait there, or choose something else.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (empty)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Random</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Extra %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StartPage</name>
    <message>
        <source>Give a portrait another portrait&apos;s hair.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a portrait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Photographs can also be dropped anywhere in this window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Something is going on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Photo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tool</name>
    <message>
        <source>Brush</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag to paint. Shift+click: straight line. Shift+drag: lock the axis. Alt+drag: size and hardness. X: paint or erase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Eraser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag to erase the mask. Shift+click: straight line. Shift+drag: lock the axis. Alt+drag: size and hardness. E or X: back to the brush</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Face points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag the points onto both eyes, the corners of the mouth and the chin. Arrow keys move the selected point, Shift ten times as far; Page Up and Page Down select</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fill</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click inside a painted outline to fill it, small gaps are closed. Alt: clear the area instead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag to move the view, double click to fit the photo. With any tool: hold Space or the middle button</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lasso</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag around an area, or click its corners: double click or Enter closes, Backspace takes back, Esc cancels. Shift: add. Alt: remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag to move the active layer, Shift keeps it on one axis. Arrow keys move by 1 pixel, with Shift by 10</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click to zoom in, Alt+click to zoom out, drag sideways to zoom smoothly, Shift+drag to zoom into an area. With any tool: the wheel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolBar</name>
    <message>
        <source>Tools</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolOptions</name>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Diameter in pixels of the photo  ([ and ])</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hardness</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the brush that covers fully  (Shift+[ and Shift+])</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Most that one stroke covers or erases  (1 to 0)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spacing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance between touches, in diameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much the line lags behind the hand to steady it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolOptionsBar</name>
    <message>
        <source>Tool options</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Unsaved</name>
    <message>
        <source>Unsaved changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{0}” has changes that are not saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They are lost if you do not save them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Discard changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Wording</name>
    <message>
        <source>portrait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shape reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>appearance reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a portrait.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a reference in the References panel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a photo as the {role} in the References panel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run on the processor instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another pack in the Recipe panel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install the model pack again, or choose another one in the Recipe panel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install the pack again, or choose another one in the Recipe panel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install the pack {pack} again, or choose another one in the Recipe panel.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Writer</name>
    <message>
        <source>Writing {0}…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_BlendModes</name>
    <message>
        <source>Blend mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the layer&apos;s colours meet those below</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_Choices</name>
    <message>
        <source>{0}, chosen</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
